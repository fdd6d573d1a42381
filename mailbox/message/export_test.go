package message

// DecodeBase64 is decodeBase64 for the tests outside.
var DecodeBase64 = decodeBase64
