// Package demo is the world around the helpdesk example, in its own process: a
// mail server for everybody's mail, a small company with its customers, and
// the week they have had. Nothing of it leaves the machine.
package demo
