# Sourced by the scripts beside it: finds Go and Python, and sets up in .lab/ all that the notebooks need.
#
#	.lab/venv      JupyterLab, nbclient and nbconvert, as python/requirements.lock pins them
#	.lab/bin       GoNB, gopls and goimports, as the tool block of go.mod pins them
#	.lab/jupyter   Jupyter's own folders, with the GoNB kernel, apart from the user's
#
# Go's build and module caches stay where the user keeps them.

# The caller's environment must not change what is set up: with CDPATH, cd prints where it went.
unset CDPATH

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
lab=$root/.lab

say() { printf '%s\n' "$*" >&2; }
fail() {
	say "${0##*/}: $*"
	exit 1
}

need_go() {
	command -v go >/dev/null ||
		fail "Go 1.26 or newer is needed and there is no go command on PATH: install it from https://go.dev/dl and run this again."
	local version
	version=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
	[[ $version =~ go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 26)) ||
		fail "Go 1.26 or newer is needed and $(command -v go) is $version: install a newer one from https://go.dev/dl and run this again."
}

need_python() {
	python=${PYTHON:-python3}
	command -v "$python" >/dev/null ||
		fail "Python 3.9 or newer is needed and there is no $python on PATH: install it, or name another with PYTHON=…, and run this again."
	"$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
		fail "Python 3.9 or newer is needed and $(command -v "$python") is $("$python" -V 2>&1): install a newer one, or name another with PYTHON=…, and run this again."
	"$python" -I -c 'import ensurepip, venv' 2>/dev/null ||
		fail "$(command -v "$python") lacks its venv module: install it (on Debian and Ubuntu: apt install python3-venv) and run this again."
}

# quietly COMMAND…: its output is shown only when it fails.
quietly() {
	local output
	output=$("$@" 2>&1) || {
		say "$output"
		return 1
	}
}

# fresh STAMP TEXT: whether an earlier run finished with this same text.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

setup_venv() {
	local want stamp=$lab/venv.stamp
	want=$(echo "$root" && "$python" -I -c 'import sys; print(sys.base_prefix, sys.version)' &&
		cat "$root/scripts/python/requirements.lock" "$root/scripts/python/overrides.json")
	fresh "$stamp" "$want" && return
	rm -f "$stamp"
	say "Installing JupyterLab into .lab/venv (once; about a minute) …"
	"$python" -I -m venv --clear "$lab/venv"
	# The lock lists every package with its hashes, so pip has nothing to resolve.
	env -u PIP_TARGET -u PIP_PREFIX -u PIP_REQUIRE_VIRTUALENV PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
		"$lab/venv/bin/python" -I -m pip install --quiet --no-deps --require-hashes -r "$root/scripts/python/requirements.lock" ||
		fail "pip could not install what scripts/python/requirements.lock lists: see its message above, check that the network is up, and run this again."
	mkdir -p "$lab/venv/share/jupyter/lab/settings"
	cp "$root/scripts/python/overrides.json" "$lab/venv/share/jupyter/lab/settings/overrides.json"
	echo "$want" >"$stamp"
}

# patched_gonb prints the path of a go.mod that builds GoNB from a copy of the pinned source in which some defaults are others. GoNB waits
# for 12 s before it first connects to gopls, so that completion answers nothing until then, and gives up on an answer after 8 s, which a
# busy machine needs for the first; and before each cell it runs go get, which rewrites a go.mod that gopls has read, whereupon gopls
# answers nothing any more (%autoget in a cell turns that on again).
patched_gonb() {
	local from copy=$lab/gonb module=github.com/janpfeifer/gonb
	go -C "$root" mod download "$module" && from=$(go -C "$root" list -m -f '{{.Dir}}' "$module") || return
	rm -rf "$copy" && cp -R "$from" "$copy" && chmod -R u+w "$copy" || return
	changed internal/goexec/goplsclient/conn.go 's/12000 \* time.Millisecond/50 * time.Millisecond/; s/8000 \* time.Millisecond/60 * time.Second/' &&
		changed internal/goexec/goexec.go 's/AutoGet: *true/AutoGet: false/' || return
	cp "$root/go.mod" "$lab/gonb.mod" && cp "$root/go.sum" "$lab/gonb.sum" &&
		go mod edit -replace="$module=$copy" "$lab/gonb.mod" && echo "$lab/gonb.mod"
}
# changed FILE COMMAND: the copy of FILE is as sed's COMMAND makes it of the original, and differs from it.
changed() {
	sed "$2" "$from/$1" >"$copy/$1" && ! cmp -s "$from/$1" "$copy/$1" || fail "GoNB's $1 is not as scripts/environment.sh expects it."
}

setup_kernel() {
	local want stamp=$lab/bin.stamp module
	want=$(echo "$root" && go env GOVERSION && cat "$root/go.mod" "$root/scripts/environment.sh")
	fresh "$stamp" "$want" && return
	rm -f "$stamp"
	say "Building GoNB, gopls and goimports into .lab/bin (once; about a minute) …"
	module=$(GOWORK=off patched_gonb) &&
		quietly env GOWORK=off GOBIN="$lab/bin" go -C "$root" install -modfile="$module" -ldflags='-s -w' \
			github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports golang.org/x/tools/gopls ||
		fail "Go could not build the tools that go.mod lists: see its message above, check that the network is up, and run this again."
	rm -rf "$lab/gonb" "$lab/gonb.mod" "$lab/gonb.sum"
	# Called as ./gonb: given a path under /tmp, GoNB would take itself for a temporary build and install a copy.
	# -go_work lets a new notebook anywhere import the packages of this checkout.
	(cd "$lab/bin" && ./gonb --install -go_work="$root" -logtostderr=false -stderrthreshold=FATAL -log_file="$lab/gonb.log")
	echo "$want" >"$stamp"
}

# warm compiles what notebooks import, so that the first cell to plot need not wait for it: in a workspace, as they do, since there Go
# reads the go.mod of modules that the checkout by itself never asks for.
warm() {
	local scratch status=0
	scratch=$(mktemp -d) && cd "$scratch" || return
	{
		quietly go mod init warm && quietly go work init . "$root" &&
			quietly go build natspike/pkg/... github.com/janpfeifer/gonb/{cache,gonbui,gonbui/widgets} \
				gonum.org/v1/gonum/{mat,stat/distuv,stat/distmv} gonum.org/v1/plot/{plotter,palette/moreland,vg/vgimg,vg/vgsvg,vg/vgpdf}
	} || status=$?
	cd "$root" && rm -rf "$scratch"
	return $status
}

# setup prepares .lab/, and sets the environment that Jupyter and the kernel run in.
setup() {
	case $root in
	*[:,]*) fail "the path of this checkout, $root, has a colon or a comma in it, which neither PATH nor GoNB can hold: move it and run this again." ;;
	esac
	need_go
	need_python
	mkdir -p "$lab/bin" "$lab/jupyter"
	unset GOWORK GOOS GOARCH GOEXPERIMENT PYTHONHOME PYTHONPATH JUPYTER_PATH JUPYTER_CONFIG_PATH
	# A GOFLAGS of the caller's, or of go env -w, such as -mod=mod, would change how Go builds. Of it, -modcacherw alone is kept.
	local writable=
	[ -n "${HOME:-}" ] || { export HOME=$lab/home && writable=" -modcacherw"; }
	case " ${GOFLAGS:-} " in *" -modcacherw "*) writable=" -modcacherw" ;; esac
	export GOFLAGS="-buildvcs=false$writable"
	export PATH=$lab/bin:$PATH
	export JUPYTER_DATA_DIR=$lab/jupyter/data JUPYTER_CONFIG_DIR=$lab/jupyter/config JUPYTER_RUNTIME_DIR=$lab/jupyter/runtime
	export IPYTHONDIR=$lab/jupyter/ipython
	setup_venv
	setup_kernel
}
