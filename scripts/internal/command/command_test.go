package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	ended, stop := context.WithCancel(context.Background())
	stop()
	broken := errors.New("it broke")
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
		said string
	}{
		{context.Background(), nil, 0, ""},
		{ended, nil, 0, ""}, // it was done before the signal came
		{context.Background(), fmt.Errorf("x: %w", flag.ErrHelp), 0, ""},
		{context.Background(), broken, 1, "it broke\n"},
		{context.Background(), fmt.Errorf("x: %w", Misuse(broken)), 2, "x: it broke\n"},
		{context.Background(), Misusef("no %s", "such"), 2, "no such\n"},
		{ended, Misuse(broken), 130, "stopped here\n"},
	} {
		var said strings.Builder
		if got := Status(c.ctx, c.err, "stopped here", &said); got != c.want || said.String() != c.said {
			t.Errorf("%v: status %d and %q, want %d and %q", c.err, got, said.String(), c.want, c.said)
		}
	}
	if Misuse(nil) != nil || !errors.Is(Misuse(broken), broken) {
		t.Error("Misuse hides what it is of")
	}
}
