package message

// HTMLToText is htmlToText for the tests outside.
var HTMLToText = htmlToText

// DecodeBase64 is decodeBase64 for the tests outside.
var DecodeBase64 = decodeBase64
