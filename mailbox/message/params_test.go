package message_test

import (
	"strings"
	"testing"
)

func TestAttachmentName(t *testing.T) {
	for name, tt := range map[string]struct{ field, want string }{
		"token":                      {`attachment; filename=a.pdf`, "a.pdf"},
		"quoted":                     {`attachment; filename="a b; c.pdf"`, "a b; c.pdf"},
		"unquoted blanks":            {`attachment; filename=my file.pdf; size=1`, "my file.pdf"},
		"quote not closed":           {`attachment; filename="a b.pdf`, "a b.pdf"},
		"quotes inside":              {`attachment; filename="the "new" one.pdf"; size=1`, `the "new" one.pdf`},
		"escaped quotes":             {`attachment; filename="a\"b\\c.pdf"`, `c.pdf`},
		"no semicolon":               {`attachment filename="a.pdf" size=1`, "a.pdf"},
		"empty parameters":           {`attachment;;; filename=a.pdf;;`, "a.pdf"},
		"comment":                    {`attachment (x; filename=no); filename=a.pdf`, "a.pdf"},
		"given twice":                {`attachment; filename=a.pdf; filename=b.pdf`, "a.pdf"},
		"encoded-word":               {`attachment; filename="=?utf-8?q?=C3=A4.pdf?="`, "ä.pdf"},
		"encoded-word without quote": {`attachment; filename==?utf-8?q?=C3=A4_b.pdf?=; size=1`, "ä b.pdf"},
		"encoded-words split":        {"attachment; filename=\"=?utf-8?b?w6Q=?=\n =?utf-8?b?LnBkZg==?=\"", "ä.pdf"},
		"8 bit":                      {"attachment; filename=\"\xe4.pdf\"", "ä.pdf"},
		"RFC 2231":                   {`attachment; filename*=utf-8'de'%C3%A4%20b.pdf`, "ä b.pdf"},
		"RFC 2231, latin 1":          {`attachment; filename*=iso-8859-1''%e4.pdf`, "ä.pdf"},
		"RFC 2231 without charset":   {`attachment; filename*=%C3%A4.pdf`, "ä.pdf"},
		"RFC 2231 wins":              {`attachment; filename="?.pdf"; filename*=utf-8''%C3%A4.pdf`, "ä.pdf"},
		"continuations":              {`attachment; filename*0="a b"; filename*2=".pdf"; filename*1="c"`, "a bc.pdf"},
		"encoded continuations":      {`attachment; filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=%41.pdf`, "ä%41.pdf"},
		"wrong escapes":              {`attachment; filename*=utf-8''100%-%zz.pdf`, "100%-%zz.pdf"},

		"path":                     {`attachment; filename="../../etc/x"`, "x"},
		"drive":                    {`attachment; filename="C:\dir\x.txt"`, "x.txt"},
		"path of RFC 2231":         {`attachment; filename*=utf-8''..%2f..%2fx`, "x"},
		"path in continuations":    {`attachment; filename*0="../"; filename*1="../x"`, "x"},
		"path in an encoded-word":  {`attachment; filename="=?utf-8?q?=2E=2E=2Fx?="`, "x"},
		"only a path":              {`attachment; filename="../.."`, ""},
		"zero-width":               {"attachment; filename=\"\u200b.htaccess\"", ".htaccess"},
		"direction":                {"attachment; filename=\"a\u202efdp.exe\"", "afdp.exe"},
		"control characters":       {`attachment; filename*=utf-8''a%00%0d%0ab%07.pdf`, "a b.pdf"},
		"too long":                 {`attachment; filename="` + strings.Repeat("ä", 300) + `.pdf"`, strings.Repeat("ä", 125) + ".pdf"},
		"drive without a slash":    {`attachment; filename="C:x.txt"`, "x.txt"},
		"drives":                   {`attachment; filename="C: d:x.txt"`, "x.txt"},
		"no drive":                 {`attachment; filename="10:30 Re: x.txt"`, "10:30 Re: x.txt"},
		"device":                   {`attachment; filename="con.txt"`, "_con.txt"},
		"device, superscript":      {"attachment; filename=\"COM\u00b9\"", "_COM\u00b9"},
		"device of another folder": {`attachment; filename="C:\dir\nul .x"`, "_nul .x"},
		"no device":                {`attachment; filename="contract.pdf"`, "contract.pdf"},
		"dots and blanks behind":   {`attachment; filename="x.exe. . "`, "x.exe"},
		"only blanks":              {`attachment; filename="  "`, ""},
		"key without value":        {`attachment; filename`, ""},
		"upper case":               {`ATTACHMENT; FILENAME=A.pdf`, "A.pdf"},
		"blanks around the equals": {`attachment; filename = "a.pdf"`, "a.pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, "Content-Type: a/b\nContent-Disposition: "+tt.field+"\n\nx", nil)
			if len(m.Attachments) != 1 {
				t.Fatalf("%d attachments, want 1", len(m.Attachments))
			}
			if got := m.Attachments[0].Name; got != tt.want {
				t.Errorf("Name = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	for name, tt := range map[string]struct{ field, text string }{
		"charset":                {"text/plain; charset=iso-8859-1", "ä"},
		"quoted":                 {`text/plain; charset="iso-8859-1"`, "ä"},
		"comment":                {"text/plain (a) ; charset=iso-8859-1 (b)", "ä"},
		"no semicolon":           {"text/plain charset=iso-8859-1 format=flowed", "ä"},
		"upper case":             {"TEXT/PLAIN; CHARSET=ISO-8859-1", "ä"},
		"continued":              {"text/plain; charset*0=iso-; charset*1=8859-1", "ä"},
		"first of two":           {"text/plain; charset=iso-8859-1; charset=koi8-r", "ä"},
		"folded":                 {"text/plain;\n\tcharset=iso-8859-1", "ä"},
		"broken parameter first": {`text/plain; =; charset=iso-8859-1`, "ä"},
	} {
		t.Run(name, func(t *testing.T) {
			if m := read(t, "Content-Type: "+tt.field+"\n\n\xe4", nil); m.Text != tt.text {
				t.Errorf("Text = %q, want %q", m.Text, tt.text)
			}
		})
	}
}
