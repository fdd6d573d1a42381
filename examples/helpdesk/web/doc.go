// Package web is the small ERP's pages: tickets for those who work on them and
// for customers, who see what is theirs and nothing internal, and the pages of
// the demonstration that stand for everybody's mail program.
//
// People sign in by choosing who they are. Do not copy that.
package web
