package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// An asset is a file that pages load. Its name holds a hash of its content, so
// that browsers may keep it for ever.
type asset struct {
	content []byte
	media   string
	name    string // in addresses
}

// assets are all of them, by the name of the file.
type assets map[string]asset

func loadAssets() (assets, error) {
	media := map[string]string{
		".css": "text/css; charset=utf-8",
		".js":  "text/javascript; charset=utf-8",
		".svg": "image/svg+xml",
	}
	all := assets{}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		content, err := fs.ReadFile(assetFiles, path.Join("assets", e.Name()))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		all[e.Name()] = asset{content: content, media: media[path.Ext(e.Name())], name: hex.EncodeToString(sum[:6]) + "-" + e.Name()}
	}
	return all, nil
}

// serve answers the request for the asset of a name, whoever sends it.
func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	for _, one := range a {
		if one.name == r.PathValue("name") {
			w.Header().Set("Content-Type", one.media)
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(one.content))
			return
		}
	}
	http.NotFound(w, r)
}
