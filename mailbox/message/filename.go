package message

// CleanName returns the file name that is left of name, decoded text from
// outside: its last path element for any system, without control, zero-width
// and direction characters, at most 255 bytes with the extension kept
// (THREATS S15). What Windows takes for a device ("con.txt") gets an underscore
// in front. It may be empty, and is never a path. Cleaning it again changes
// nothing.
func CleanName(name string) string { return cleanName(name) }
