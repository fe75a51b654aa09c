package version

import (
	"runtime/debug"
	"sync"
)

// Revision returns the commit that the running program was built from, followed
// by "+modified" if the files were changed. It returns an empty string for programs
// without this information, such as those that go run and go test start.
var Revision = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return revision(info.Settings)
})

func revision(settings []debug.BuildSetting) string {
	var commit, modified string
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+modified"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + modified
}
