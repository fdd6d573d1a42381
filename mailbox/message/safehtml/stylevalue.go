package safehtml

import "strings"

// The functions here take a value in lower case and return how it is written,
// or "" if they do not know it.

// colour accepts names, #rgb and rgb(…) in their variants.
func colour(v string) string {
	v = strings.TrimSpace(v)
	if hex, ok := strings.CutPrefix(v, "#"); ok {
		if n := len(hex); n == 3 || n == 4 || n == 6 || n == 8 {
			if onlyOf(hex, 8, isHexDigit, "") != "" {
				return v
			}
		}
		return ""
	}
	function, arguments, ok := strings.Cut(v, "(")
	if !ok {
		return onlyOf(v, 24, isLetter, "")
	}
	arguments, ok = strings.CutSuffix(arguments, ")")
	arguments = strings.Join(strings.Fields(arguments), "")
	if !ok || onlyOf(arguments, 40, isDigit, ".,%") == "" {
		return ""
	}
	if function = oneOf(function, "rgb", "rgba", "hsl", "hsla"); function == "" {
		return ""
	}
	return function + "(" + arguments + ")"
}

// length accepts a number that is not negative with a unit, up to 9999.9999.
// Negative ones would move an element over others.
func length(v string) string {
	v = strings.TrimSpace(v)
	digits := strings.TrimLeft(v, "0123456789")
	whole := len(v) - len(digits)
	unit, fraction := digits, 0
	if strings.HasPrefix(digits, ".") {
		unit = strings.TrimLeft(digits[1:], "0123456789")
		fraction = len(digits) - len(unit) - 1
		if fraction == 0 {
			return ""
		}
	}
	if whole+fraction == 0 || whole > 4 || fraction > 4 {
		return ""
	}
	switch unit {
	case "", "%", "px", "pt", "pc", "em", "ex", "ch", "rem", "in", "cm", "mm":
		return v
	}
	return ""
}

// orOneOf accepts what accept does, and the words.
func orOneOf(accept func(string) string, v string, words ...string) string {
	if a := accept(v); a != "" {
		return a
	}
	return oneOf(v, words...)
}

func margin(v string) string { return orOneOf(length, v, "auto") }

func borderStyle(v string) string {
	return oneOf(v, "none", "hidden", "solid", "dotted", "dashed", "double", "groove", "ridge", "inset", "outset")
}

func borderPart(v string) string {
	if s := orOneOf(length, v, "thin", "medium", "thick"); s != "" {
		return s
	}
	if s := borderStyle(v); s != "" {
		return s
	}
	return colour(v)
}

// listOf accepts up to that many values with blanks between them.
func listOf(v string, most int, accept func(string) string) string {
	values := strings.FieldsFunc(joinArguments(v), func(r rune) bool { return r <= ' ' })
	if len(values) > most {
		return ""
	}
	for i, value := range values {
		if values[i] = accept(value); values[i] == "" {
			return ""
		}
	}
	return strings.Join(values, " ")
}

// joinArguments takes out the blanks between parentheses, so that rgb(1, 2, 3)
// is one value.
func joinArguments(v string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r <= ' ' && depth > 0:
			return -1
		}
		return r
	}, v)
}

// fonts accepts the names of up to ten fonts, with or without quotes, each of
// words that are letters and digits; others are left out. A page loads fonts
// only if a style sheet says from where.
func fonts(v string) string {
	var names []string
	for name := range strings.SplitSeq(v, ",") {
		words := strings.Fields(strings.Trim(name, "\"' \t\n"))
		name = strings.Join(words, " ")
		valid := name != "" && len(name) <= 50 && len(names) < 10
		for _, word := range words {
			valid = valid && isLetter(word[0]) && onlyOf(word, 50, isLetterOrDigit, "-_") != ""
		}
		if valid {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}
