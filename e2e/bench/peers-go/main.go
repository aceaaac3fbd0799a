// Command peers runs one of go-control-plane's caches as a server under test:
//
//	peers gosnap|linear CONTENT PROXIES
//
// It keeps to the protocol of dev.serin.bench.peer.PeerMain: commands on standard input, one answer
// a line on standard output, and it ends with its input.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
)

// A peer serves content and can be told a new weight.
type peer interface {
	register(ctx context.Context, server *grpc.Server)
	push(weight uint32) error
}

func main() {
	log.SetOutput(os.Stderr)
	if len(os.Args) != 4 {
		log.Fatalf("arguments: %q (expected: gosnap|linear CONTENT PROXIES)", os.Args[1:])
	}
	proxies, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatalf("proxies: %v", err)
	}
	content, err := readContent(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := run(os.Args[1], content, proxies); err != nil {
		log.Fatal(err)
	}
}

func run(kind string, content *content, proxies int) error {
	var served peer
	switch kind {
	case "gosnap":
		served = newSnapshotPeer(content, proxies)
	case "linear":
		served = newLinearPeer(content, proxies)
	default:
		return fmt.Errorf("kind: %q (expected: gosnap or linear)", kind)
	}
	if err := served.push(0); err != nil {
		return err
	}
	// Without probes of TCP's own: those of thousands of idle connections come all at once, overflow
	// the loopback's queue in the same order each time, and the last ones count as dead in the end.
	config := net.ListenConfig{KeepAlive: -1}
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	served.register(context.Background(), server)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("ready %d\n", listener.Addr().(*net.TCPAddr).Port)
	if err := answer(served, bufio.NewScanner(os.Stdin)); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func answer(served peer, commands *bufio.Scanner) error {
	for commands.Scan() {
		words := strings.Fields(commands.Text())
		switch {
		case len(words) == 2 && words[0] == "push":
			weight, err := strconv.ParseUint(words[1], 10, 32)
			if err != nil {
				return err
			}
			begun := time.Now()
			if err := served.push(uint32(weight)); err != nil {
				return err
			}
			fmt.Printf("pushed %d\n", time.Since(begun).Nanoseconds())
		case len(words) == 1 && words[0] == "stats":
			runtime.GC()
			runtime.GC()
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			fmt.Printf("stats %d %d\n", memory.HeapAlloc, memory.StackInuse)
		case len(words) == 1 && words[0] == "allocated":
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			fmt.Printf("allocated %d\n", memory.TotalAlloc)
		case len(words) == 1 && words[0] == "profile":
			fmt.Println("profile 0")
		default:
			return fmt.Errorf("command: %q (expected: push, stats, allocated, profile)", commands.Text())
		}
	}
	return commands.Err()
}

func register(server *grpc.Server, ads discovery.AggregatedDiscoveryServiceServer) {
	discovery.RegisterAggregatedDiscoveryServiceServer(server, ads)
}
