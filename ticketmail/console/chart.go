package console

import (
	"strconv"
	"time"
)

// A chart is mails in and out, counted by equal spans of time.
type chart struct {
	Key     string // of its name
	Bars    []bar
	In, Out int
	Step    int // the distance between two lines of the scale
	Lines   []line
}

// A bar is one span of time.
type bar struct {
	From    time.Time
	Label   string // below the axis; empty: none
	Name    string // in the table
	In, Out int

	// In the picture, whose height is chartHeight.
	X, InY, InHeight, OutX, OutY, OutHeight, LabelX int
	Anchor                                          string // which end of the label is at LabelX
}

// A line is one of the scale.
type line struct {
	Y    int
	Text string
}

// Sizes of the picture, in units of its own.
const (
	chartWidth  = 440
	chartHeight = 150
	chartLeft   = 34
	chartFoot   = 18
	labelWidth  = 48 // of "26 Nov" and the like, with room to spare
)

// newChart returns an empty chart that ends with the span now is in.
func (v *visit) newChart(key string, n int, hours bool) *chart {
	c := &chart{Key: key}
	now := v.now()
	for i := n - 1; i >= 0; i-- {
		var b bar
		if hours {
			b.From = time.Date(now.Year(), now.Month(), now.Day(), now.Hour()-i, 0, 0, 0, now.Location())
			b.Name = b.From.Format("15:04")
			if b.From.Hour()%6 == 0 {
				b.Label = b.Name
			}
		} else {
			b.From = time.Date(now.Year(), now.Month(), now.Day()-i, 0, 0, 0, 0, now.Location())
			b.Name = b.From.Format([...]string{"02.01.", "2 Jan", "02/01"}[v.language])
			if i%3 == 0 {
				b.Label = b.Name
			}
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// count adds n mails to the span they fall in, if there is one.
func (c *chart) count(at time.Time, in bool, n int) {
	for i := len(c.Bars) - 1; i >= 0; i-- {
		if at.Before(c.Bars[i].From) {
			continue
		}
		if in {
			c.Bars[i].In += n
			c.In += n
		} else {
			c.Bars[i].Out += n
			c.Out += n
		}
		return
	}
}

// draw places the bars.
func (c *chart) draw() *chart {
	most := 1
	for _, b := range c.Bars {
		most = max(most, b.In, b.Out)
	}
	c.Step = niceStep(most)
	top := (most + c.Step - 1) / c.Step * c.Step
	high := chartHeight - chartFoot - 6
	y := func(n int) int { return chartHeight - chartFoot - n*high/top }
	for n := 0; n <= top; n += c.Step {
		c.Lines = append(c.Lines, line{Y: y(n), Text: strconv.Itoa(n)})
	}
	wide := (chartWidth - chartLeft) / len(c.Bars)
	for i := range c.Bars {
		b := &c.Bars[i]
		b.X = chartLeft + i*wide + wide/6
		b.OutX = b.X + c.BarWidth()
		b.InY, b.OutY = y(b.In), y(b.Out)
		b.InHeight, b.OutHeight = chartHeight-chartFoot-b.InY, chartHeight-chartFoot-b.OutY
		b.LabelX, b.Anchor = chartLeft+i*wide+wide/2, "middle"
		if b.LabelX+labelWidth/2 > chartWidth { // it would be cut off
			b.LabelX, b.Anchor = chartWidth, "end"
		}
	}
	return c
}

// BarWidth is how wide one of the two bars of a span is.
func (c *chart) BarWidth() int { return (chartWidth - chartLeft) / len(c.Bars) / 3 }

// niceStep returns a distance of 1, 2 or 5 times a power of ten, of which
// three to six make n.
func niceStep(n int) int {
	for step := 1; ; step *= 10 {
		for _, f := range []int{1, 2, 5} {
			if n <= 5*step*f {
				return step * f
			}
		}
	}
}

// ViewBox is the size of a chart's picture.
func (c *chart) ViewBox() string {
	return "0 0 " + strconv.Itoa(chartWidth) + " " + strconv.Itoa(chartHeight)
}
