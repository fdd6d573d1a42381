package oauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox/oauth"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// What has to happen after each code of Microsoft's and Google's, and of the
// protocols.
func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		status        int
		oauth, aadsts string
		want          oauth.Action
		code          string // empty: aadsts, else oauth
	}{
		// Sign in again.
		{400, "invalid_grant", "AADSTS70008", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS700082", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS50173", oauth.SignIn, ""},
		{400, "interaction_required", "AADSTS50076", oauth.SignIn, ""},
		{400, "interaction_required", "AADSTS50079", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS65001", oauth.SignIn, ""},
		{400, "interaction_required", "AADSTS53003", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS50132", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS70043", oauth.SignIn, ""},
		{400, "invalid_grant", "", oauth.SignIn, ""}, // Google: seven days, six months, password
		{400, "interaction_required", "", oauth.SignIn, ""},
		{400, "consent_required", "", oauth.SignIn, ""},
		{400, "login_required", "", oauth.SignIn, ""},
		{400, "access_denied", "", oauth.SignIn, ""},
		{400, "invalid_grant", "AADSTS99999999", oauth.SignIn, ""}, // a code of tomorrow
		// Fix the configuration.
		{401, "invalid_client", "AADSTS7000215", oauth.Fix, ""},
		{401, "invalid_client", "AADSTS7000222", oauth.Fix, ""},
		{400, "unauthorized_client", "AADSTS700016", oauth.Fix, ""},
		{400, "invalid_request", "AADSTS90002", oauth.Fix, ""},
		{400, "invalid_request", "AADSTS50011", oauth.Fix, ""},
		{400, "invalid_scope", "AADSTS70011", oauth.Fix, ""},
		{400, "invalid_grant", "AADSTS28000", oauth.Fix, ""},
		{400, "invalid_grant", "AADSTS700084", oauth.Fix, ""},
		{400, "invalid_grant", "AADSTS50105", oauth.Fix, ""},
		{401, "invalid_client", "AADSTS7000218", oauth.Fix, ""},
		{400, "invalid_request", "AADSTS50194", oauth.Fix, ""},
		{401, "invalid_client", "", oauth.Fix, ""},
		{400, "unauthorized_client", "", oauth.Fix, ""},
		{400, "invalid_scope", "", oauth.Fix, ""},
		{401, "deleted_client", "", oauth.Fix, ""},
		{400, "made_up", "", oauth.Fix, ""},
		{404, "", "", oauth.Fix, "HTTP 404"},
		// Try later.
		{400, "temporarily_unavailable", "AADSTS90033", oauth.Later, ""},
		{400, "invalid_request", "AADSTS50196", oauth.Later, ""},
		{400, "temporarily_unavailable", "", oauth.Later, ""},
		{400, "server_error", "", oauth.Later, ""},
		{429, "", "", oauth.Later, "HTTP 429"},
		{500, "", "", oauth.Later, "HTTP 500"},
		{503, "", "", oauth.Later, "HTTP 503"},
		{503, "invalid_grant", "AADSTS700082", oauth.Later, ""}, // a server in trouble is not believed
		{429, "invalid_client", "", oauth.Later, ""},
	} {
		want := tt.aadsts
		for _, w := range []string{tt.oauth, tt.code} {
			if want == "" {
				want = w
			}
		}
		t.Run(fmt.Sprintf("%d %s", tt.status, want), func(t *testing.T) {
			body := fmt.Sprintf(`{"error":%q,"error_description":"%s: text","correlation_id":"0a1b2c3d-0000-4000-8000-00000000000f"}`, tt.oauth, tt.aadsts)
			_, e := oauth.ParseAnswer(tt.status, http.Header{"Retry-After": {"30"}}, []byte(body), now)
			if e == nil || e.Action != tt.want || e.Code != want || e.OAuth != tt.oauth || e.Status != tt.status || e.Cause == "" || e.Cure == "" {
				t.Fatalf("%+v, want %q with code %s", e, tt.want, want)
			}
			if e.Trace != "0a1b2c3d-0000-4000-8000-00000000000f" || e.RetryAfter != 30*time.Second {
				t.Errorf("trace %q, retry after %s", e.Trace, e.RetryAfter)
			}
			if text := e.Error(); !strings.Contains(text, want) || !strings.Contains(text, e.Cause) || !strings.Contains(text, string(tt.want)) {
				t.Errorf("Error() = %q", text)
			}
		})
	}
}

func TestCodeFromNumber(t *testing.T) {
	_, e := oauth.ParseAnswer(400, nil, []byte(`{"error":"invalid_client","error_codes":[7000215]}`), now)
	if e == nil || e.Code != "AADSTS7000215" {
		t.Errorf("%v, want code AADSTS7000215", e)
	}
}

func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		status   int
		body     string
		lifetime time.Duration
		code     string
	}{
		"Microsoft":           {200, `{"token_type":"Bearer","scope":"x","expires_in":3599,"ext_expires_in":3599,"access_token":"a","refresh_token":"r"}`, 3599 * time.Second, ""},
		"lower case bearer":   {200, `{"token_type":"bearer","expires_in":60,"access_token":"a"}`, time.Minute, ""},
		"lifetime as text":    {200, `{"token_type":"Bearer","expires_in":"60","access_token":"a"}`, time.Minute, ""},
		"no lifetime":         {200, `{"token_type":"Bearer","access_token":"a"}`, time.Hour, ""},
		"negative lifetime":   {200, `{"token_type":"Bearer","expires_in":-5,"access_token":"a"}`, time.Hour, ""},
		"endless lifetime":    {200, `{"token_type":"Bearer","expires_in":1e30,"access_token":"a"}`, time.Hour, ""},
		"long lifetime":       {200, `{"token_type":"Bearer","expires_in":999999,"access_token":"a"}`, 24 * time.Hour, ""},
		"lifetime of nothing": {200, `{"token_type":"Bearer","expires_in":null,"access_token":"a"}`, time.Hour, ""},
		"lifetime of junk":    {200, `{"token_type":"Bearer","expires_in":[{}],"access_token":"a"}`, time.Hour, ""},
		"mac":                 {200, `{"token_type":"mac","access_token":"a"}`, 0, oauth.CodeBadAnswer},
		"no type":             {200, `{"access_token":"a"}`, 0, oauth.CodeBadAnswer},
		"no token":            {200, `{"token_type":"Bearer"}`, 0, oauth.CodeBadAnswer},
		"empty token":         {200, `{"token_type":"Bearer","access_token":""}`, 0, oauth.CodeBadAnswer},
		"forged SASL":         {200, `{"token_type":"Bearer","access_token":"a\u0001\u0001user=root"}`, 0, oauth.CodeBadAnswer},
		"line end":            {200, `{"token_type":"Bearer","access_token":"a\r\nA2 DELETE INBOX"}`, 0, oauth.CodeBadAnswer},
		"refresh with NUL":    {200, `{"token_type":"Bearer","access_token":"a","refresh_token":"\u0000"}`, 0, oauth.CodeBadAnswer},
		"long token":          {200, `{"token_type":"Bearer","access_token":"` + strings.Repeat("a", oauth.MaxToken+1) + `"}`, 0, oauth.CodeBadAnswer},
		"created":             {201, `{"token_type":"Bearer","access_token":"a"}`, 0, oauth.CodeUnknown},
		"error as 200":        {200, `{"error":"invalid_grant","token_type":"Bearer","access_token":"a"}`, 0, "invalid_grant"},
		"page":                {200, `<!doctype html><title>Wi-Fi</title>`, 0, oauth.CodeBadAnswer},
		"page as 503":         {503, `<html>`, 0, "HTTP 503"},
		"nothing":             {200, ``, 0, oauth.CodeBadAnswer},
		"list":                {200, `[]`, 0, oauth.CodeBadAnswer},
		"deep":                {200, strings.Repeat("[", 100000), 0, oauth.CodeBadAnswer},
		"redirect":            {302, ``, 0, oauth.CodeRedirect},
		"secret as code":      {400, `{"error":"rt-SECRET"}`, 0, "HTTP 400"},
	} {
		t.Run(name, func(t *testing.T) {
			a, e := oauth.ParseAnswer(tt.status, nil, []byte(tt.body), now)
			code := ""
			if e != nil {
				code = e.Code
			}
			if code != tt.code || a.Lifetime != tt.lifetime {
				t.Errorf("code %q, lifetime %s (%v); want %q, %s", code, a.Lifetime, e, tt.code, tt.lifetime)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		"0":                             0,
		"-5":                            0,
		"1e9":                           0,
		"99999999999999999999":          0,
		"2000000000":                    time.Hour,
		"soon":                          0,
		"Wed, 25 Nov 2026 12:01:00 GMT": time.Minute,
		"Wed, 25 Nov 2026 11:00:00 GMT": 0,
		"Fri, 25 Nov 2136 12:00:00 GMT": time.Hour,
	} {
		_, e := oauth.ParseAnswer(429, http.Header{"Retry-After": {value}}, nil, now)
		if e == nil || e.RetryAfter != want {
			t.Errorf("Retry-After %q: %v, want %s", value, e, want)
		}
	}
}

// Whatever a provider answers: a token that can be used, or an error that
// repeats nothing.
func FuzzParseAnswer(f *testing.F) {
	for _, body := range []string{
		`{"token_type":"Bearer","expires_in":3599,"access_token":"a","refresh_token":"r","refresh_token_expires_in":604799}`,
		`{"error":"invalid_grant","error_description":"AADSTS700082: x","error_codes":[700082],"correlation_id":"0a1b2c3d-0000-4000-8000-00000000000f"}`,
		`{"token_type":"Bearer","expires_in":"1e308","access_token":"a\u0001"}`, `[`, `{"device_code":"d","user_code":"U","verification_uri":"https://x/","interval":5}`,
	} {
		f.Add(200, "30", []byte(body))
		f.Add(400, "", []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, retryAfter string, body []byte) {
		header := http.Header{"Retry-After": {retryAfter}}
		a, e := oauth.ParseAnswer(status, header, body, now)
		switch {
		case e == nil:
			if !usable(a.Access.Reveal()) || !a.Refresh.IsZero() && !usable(a.Refresh.Reveal()) || a.Lifetime <= 0 || a.Lifetime > oauth.MaxLifetime || a.Dies < 0 {
				t.Errorf("accepted %+v", a)
			}
		case !a.Access.IsZero() || e.Cause == "" || e.Cure == "" || e.Code == "" || e.RetryAfter < 0 || e.RetryAfter > time.Hour:
			t.Errorf("refused as %+v, with token %t", e, !a.Access.IsZero())
		case len(e.Error()) > 500 || strings.ContainsFunc(e.Error(), func(r rune) bool { return r < ' ' || r > '~' }):
			t.Errorf("the error repeats the answer: %q", e.Error())
		}
		d, e := oauth.ParseDevice(status, header, body, now)
		if (d == nil) == (e == nil) {
			t.Errorf("ParseDevice = %v, %v", d, e)
		}
		if d != nil && (!d.Ends.After(now) || !usable(strings.ReplaceAll(d.UserCode, " ", "-")) || !strings.HasPrefix(d.URL, "http")) {
			t.Errorf("accepted device %+v", d)
		}
	})
}

func usable(token string) bool {
	return token != "" && len(token) <= oauth.MaxToken && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}
