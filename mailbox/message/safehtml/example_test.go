package safehtml_test

import (
	"fmt"

	"example.com/ticketmail/mailbox/message/safehtml"
)

func ExampleSanitize() {
	const mail = `<p onclick="steal()">Hello<script>steal()</script>, see <a href="https://shop.example/42">order 42</a>
or <a href="javascript:steal()">this</a>.<div style="color:red;position:fixed;background:url(https://x.example/)">Bye`
	fmt.Println(safehtml.Sanitize(mail, nil))
	// Output:
	// <p>Hello, see <a href="https://shop.example/42" rel="noopener noreferrer nofollow">order 42</a>
	// or <a>this</a>.</p><div style="color:red">Bye</div>
}

// A host shows the images that a mail brought along, and offers to load those
// on the web.
func ExampleSanitize_images() {
	const mail = `<p><img src="cid:logo@shop.example" alt="Logo"><img src="https://shop.example/banner.png" alt="Banner"></p>`
	attached := map[string]string{"logo@shop.example": "/tickets/7/files/1"} // of those with an ImageType
	remote := 0
	fmt.Println(safehtml.Sanitize(mail, &safehtml.Options{
		ContentID: func(id string) string { return attached[id] },
		Remote:    func(string) string { remote++; return "" },
	}))
	fmt.Println("not loaded:", remote)
	// Output:
	// <p><img src="/tickets/7/files/1" referrerpolicy="no-referrer" alt="Logo"><img alt="Banner"></p>
	// not loaded: 1
}

func ExampleImageType() {
	fmt.Printf("%q\n", safehtml.ImageType([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")))
	fmt.Printf("%q\n", safehtml.ImageType([]byte("<svg onload=steal()>"))) // whatever its mail calls it
	// Output:
	// "image/png"
	// ""
}
