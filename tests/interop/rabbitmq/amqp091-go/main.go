// The suite of amqp091-go: what applications do with it, a check each.
//
// `suite URL [CHECK...]` prints `client NAME VERSION`, then one line a check: `ok CHECK` or
// `not ok CHECK: reason`. A check that wants the broker restarted prints `restart` and goes on when
// a line comes in. The exit code says whether all went well.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

const module = "github.com/rabbitmq/amqp091-go"

// A check fails by a panic, which `must` and `expect` make.
type check struct {
	name string
	run  func(*broker)
}

var input = bufio.NewReader(os.Stdin)

func main() {
	url, names := os.Args[1], os.Args[2:]
	checks := slicesOf(routing, consuming, confirming, deadLettering, refusing, transacting, connecting)
	fmt.Println("client amqp091-go", version())
	allWell := true
	for _, check := range checks {
		if len(names) == 0 || contains(names, check.name) {
			allWell = isWell(check, url) && allWell
		}
	}
	if !allWell {
		os.Exit(1)
	}
}

// version is what the build knows of the module.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v")
		}
	}
	return "unknown"
}

func isWell(check check, url string) (well bool) {
	broker := &broker{url: url}
	defer func() {
		if failure := recover(); failure != nil {
			well = false
			fmt.Printf("not ok %s: %v\n", check.name, failure)
			fmt.Fprintf(os.Stderr, "%s: %v\n%s\n", check.name, failure, debug.Stack())
		}
		broker.close()
	}()
	check.run(broker)
	fmt.Println("ok", check.name)
	return true
}

// restartBroker has the broker restarted on the same port, and returns when it listens again.
func restartBroker() {
	fmt.Println("restart")
	_, err := input.ReadString('\n')
	must(err)
}

func slicesOf(parts ...[]check) []check {
	var all []check
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func contains(names []string, name string) bool {
	for _, each := range names {
		if each == name {
			return true
		}
	}
	return false
}
