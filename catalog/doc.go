// Package catalog holds the categories tickets are filed under, and the one
// way in which a text is chosen that exists in several languages.
//
// A [Category] has a label per language, any BCP 47 language; a [List] sorts,
// offers and filters them. [Languages] is the order in which languages are
// tried: the person's, the project's, the company's, then German and English.
// Labels and mail templates are picked the same way, with [Pick].
package catalog
