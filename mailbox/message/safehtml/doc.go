// Package safehtml makes the HTML of a mail fit to stand in a page of the host.
//
// [Sanitize] reads HTML as anybody may have written it and writes HTML of its
// own, of which the following holds, whatever came in:
//
//   - It consists of some fifty harmless elements with harmless attributes and
//     of text. There is nothing that runs, nothing that asks for input, no
//     style sheet, no id, name or class that could meet those of the page.
//   - It loads nothing. The images that a mail brings along (cid:) are shown
//     under the addresses the host gives them, and remote ones only if the
//     host wants to; see [Options].
//   - Links lead to http, https, mailto and tel, tell the other side nothing of
//     the page and cannot reach into it.
//   - It stays where it is put. Every element is closed, in order, so that the
//     output cannot end the element around it, and nothing can be laid over
//     the rest of the page.
//   - It means the same to every parser. An HTML parser may repair what it
//     reads and thereby make something new of it, which is how code gets past
//     a sanitiser. Here nothing is left to repair: no element whose content
//     is read by other rules (raw text, SVG, MathML), no comment, every < and
//     & of a text escaped, and no nesting that a parser would undo.
//   - Sanitizing it again changes nothing.
//
// The output belongs into the content of a block element (a div, a td) of a page
// in UTF-8, not into an attribute or a script. A content security policy is a
// good second wall. Keep the mail as it came and sanitize what is shown:
// tomorrow's rules may be better ones.
package safehtml
