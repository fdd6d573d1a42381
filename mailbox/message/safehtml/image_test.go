package safehtml_test

import (
	"testing"

	"example.com/ticketmail/mailbox/message/safehtml"
)

func TestImageType(t *testing.T) {
	for name, tt := range map[string]struct{ start, want string }{
		"PNG":                    {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "image/png"},
		"JPEG":                   {"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"},
		"GIF":                    {"GIF89a\x01\x00\x01\x00", "image/gif"},
		"old GIF":                {"GIF87a", "image/gif"},
		"WebP":                   {"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"},
		"empty":                  {"", ""},
		"cut":                    {"\x89PNG", ""},
		"sound":                  {"RIFF\x24\x00\x00\x00WAVEfmt ", ""},
		"HTML":                   {"<!doctype html><script>", ""},
		"SVG":                    {`<?xml version="1.0"?><svg>`, ""},
		"PDF":                    {"%PDF-1.7\n", ""},
		"blanks before an image": {" \x89PNG\r\n\x1a\n", ""},
		"HTML after a mark":      {"\ufeff<html>", ""},
	} {
		if got := safehtml.ImageType([]byte(tt.start)); got != tt.want {
			t.Errorf("%s: ImageType(%q) = %q, want %q", name, tt.start, got, tt.want)
		}
	}
}
