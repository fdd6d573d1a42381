package message

// HTMLToText is htmlToText for the tests outside.
var HTMLToText = htmlToText
