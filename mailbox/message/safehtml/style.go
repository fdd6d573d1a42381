package safehtml

import "strings"

// maxStyle bounds a style attribute, in bytes.
const maxStyle = 4096

// appendStyle appends the declarations of a style attribute that are harmless.
// Each is written anew from a value that was understood, so that nothing else
// gets through: no address, no escape, no comment, no string.
func appendStyle(style []byte, source string) []byte {
	source = cut(source, maxStyle)
	for declaration := range strings.SplitSeq(source, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if i := strings.IndexByte(value, '!'); i > 0 { // !important
			value = value[:i]
		}
		if name == "background" {
			name = "background-color"
		}
		if value = styleValue(name, value); value == "" || len(style)+len(name)+len(value)+2 > maxStyle {
			continue
		}
		if len(style) > 0 {
			style = append(style, ';')
		}
		style = append(append(append(style, name...), ':'), value...)
	}
	return style
}

// styleValue returns how the value of a property is written, or "" if it is
// not known to be harmless. Nothing here moves an element out of its place, or
// loads anything.
func styleValue(name, value string) string {
	if name == "font-family" {
		return fonts(value)
	}
	value = strings.ToLower(value)
	if base, ok := strings.CutSuffix(name, sideOf(name)); ok && base != name {
		switch base {
		case "margin", "padding":
			return margin(value)
		case "border":
			return listOf(value, 3, borderPart)
		}
	}
	switch name {
	case "color", "background-color":
		return colour(value)
	case "border":
		return listOf(value, 3, borderPart)
	case "border-color":
		return listOf(value, 4, colour)
	case "border-style":
		return listOf(value, 4, borderStyle)
	case "border-width", "border-radius", "border-spacing":
		return listOf(value, 4, length)
	case "border-collapse":
		return oneOf(value, "collapse", "separate")
	case "margin", "padding":
		return listOf(value, 4, margin)
	case "width", "height", "min-width", "min-height", "max-width", "max-height":
		return orOneOf(length, value, "auto", "none")
	case "text-indent":
		return length(value)
	}
	return textStyle(name, value)
}

// textStyle is styleValue for the properties of text.
func textStyle(name, value string) string {
	switch name {
	case "display":
		return oneOf(value, "none", "block", "inline", "inline-block")
	case "visibility":
		return oneOf(value, "hidden", "visible")
	case "font-size":
		return orOneOf(length, value, "xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "smaller", "larger")
	case "font-style":
		return oneOf(value, "normal", "italic", "oblique")
	case "font-weight":
		return oneOf(value, "normal", "bold", "bolder", "lighter", "100", "200", "300", "400", "500", "600", "700", "800", "900")
	case "line-height":
		return orOneOf(length, value, "normal")
	case "list-style", "list-style-type":
		return oneOf(value, "none", "disc", "circle", "square", "decimal", "lower-alpha", "upper-alpha", "lower-latin", "upper-latin", "lower-roman", "upper-roman")
	case "overflow-wrap", "word-wrap":
		return oneOf(value, "normal", "break-word", "anywhere")
	case "text-align":
		return oneOf(value, "left", "right", "center", "justify", "start", "end")
	case "text-decoration", "text-decoration-line":
		return oneOf(value, "none", "underline", "line-through", "overline")
	case "text-transform":
		return oneOf(value, "none", "uppercase", "lowercase", "capitalize")
	case "vertical-align":
		return oneOf(value, "baseline", "top", "middle", "bottom", "sub", "super", "text-top", "text-bottom")
	case "white-space":
		return oneOf(value, "normal", "nowrap", "pre", "pre-wrap", "pre-line", "break-spaces")
	case "word-break":
		return oneOf(value, "normal", "break-all", "break-word", "keep-all")
	}
	return ""
}

// sideOf returns the side that the name of a property ends in, or "".
func sideOf(name string) string {
	for _, side := range [...]string{"-top", "-right", "-bottom", "-left"} {
		if strings.HasSuffix(name, side) {
			return side
		}
	}
	return ""
}
