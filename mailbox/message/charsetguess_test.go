package message_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox/message"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// samples are short mails, and the charsets that their languages are written
// in without saying so.
var samples = map[string]struct {
	text     string
	charsets []encoding.Encoding
}{
	"Russian": {
		"Здравствуйте!\nПринтер на третьем этаже не захватывает бумагу. Пожалуйста, посмотрите сегодня.\n",
		[]encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5, charmap.CodePage866},
	},
	"Russian subject":  {"Узнай, как работает новый принтер", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
	"Russian shouting": {"СРОЧНО! ПРИНТЕР НЕ РАБОТАЕТ, НУЖНА ПОМОЩЬ", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R}},
	"Ukrainian":        {"Доброго дня! Принтер на третьому поверсі не бере папір, подивіться, будь ласка.", []encoding.Encoding{charmap.Windows1251, charmap.KOI8U}},
	"Bulgarian":        {"Здравейте, принтерът на третия етаж не поема хартия. Моля, вижте го днес.", []encoding.Encoding{charmap.Windows1251}},
	"Greek":            {"Καλημέρα, ο εκτυπωτής στον τρίτο όροφο δεν παίρνει χαρτί. Παρακαλώ δείτε το σήμερα.", []encoding.Encoding{charmap.Windows1253}},
	"Hebrew":           {"שלום, המדפסת בקומה השלישית לא מושכת נייר. אנא בדקו היום, תודה רבה.", []encoding.Encoding{charmap.Windows1255}},
	"Chinese": {
		"您好,\n三楼的打印机不进纸了,请今天派人来看一下。谢谢!\n",
		[]encoding.Encoding{simplifiedchinese.GB18030},
	},
	"Chinese, traditional": {"您好,\n三樓的印表機不進紙了,請今天派人來看一下。謝謝!\n", []encoding.Encoding{traditionalchinese.Big5}},
	"Japanese":             {"お世話になっております。三階のプリンターが紙を送りません。本日ご確認ください。", []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP}},
	"Korean":               {"안녕하세요. 삼층 프린터가 종이를 가져오지 않습니다. 오늘 확인해 주세요. 감사합니다.", []encoding.Encoding{korean.EUCKR}},
	"German":               {"Größe, Öl, Übermut: der Drucker läuft überhaupt nicht mehr, schöne Grüße aus dem Büro in Münster. ÄÖÜß", []encoding.Encoding{charmap.Windows1252}},
	"French":               {"L’été dernier, l’imprimante créée à cet étage a été réparée; « voilà » où ça s’arrête. Très cordialement, Zoë", []encoding.Encoding{charmap.Windows1252}},
	"Spanish":              {"¡Hola! ¿Cuándo vendrán a reparar la impresora? Está en el último piso, señor Núñez. Mañana también podría ser.", []encoding.Encoding{charmap.Windows1252}},
	"Finnish":              {"Hyvää päivää! Täällä tulostin ei ota paperia, kyllä, näkyy häiriö. Hyvää yötä, väärä määrä", []encoding.Encoding{charmap.Windows1252}},
	"Portuguese":           {"Olá, a impressora não está a puxar papel; são três avarias já. Atenção: ações, João", []encoding.Encoding{charmap.Windows1252}},
	"German with a list":   {strings.Repeat("·· Größe ··\n", 3), []encoding.Encoding{charmap.Windows1252}},
	"too little":           {"Привет", nil},
}

// TestGuessEncoding reads mails whose charset nobody states.
func TestGuessEncoding(t *testing.T) {
	for name, sample := range samples {
		for _, enc := range sample.charsets {
			data, err := enc.NewEncoder().Bytes([]byte(sample.text))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, label := range []string{"", "us-ascii", "x-unknown"} {
				if got := string(message.ToUTF8(nil, label, data)); got != sample.text {
					t.Errorf("%s in %v, said to be %q: %q", name, enc, label, got)
				}
			}
			// What is longer than what is looked at is guessed alike, wherever the first piece ends.
			for shift := range 2 {
				long := append([]byte(strings.Repeat(" ", shift)), []byte(strings.Repeat(string(data)+"\n", 8<<10/len(data)))...)
				want := strings.Repeat(" ", shift) + strings.Repeat(sample.text+"\n", 8<<10/len(data))
				if got := string(message.ToUTF8(nil, "", long)); got != want {
					t.Errorf("%s in %v, long: %.60q", name, enc, got)
				}
			}
		}
		damaged := strings.Replace(sample.text, sample.text[:1], "\xff"+sample.text[:1], 1)
		if got := string(message.ToUTF8(nil, "", []byte(damaged))); len(sample.charsets) > 1 && got != "\uFFFD"+sample.text {
			t.Errorf("%s in UTF-8, damaged: %q", name, got)
		}
	}
}
