package main

import (
	"fmt"
	"os"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
)

const totalWeight = 1_000_000

// content is what the driver wrote: dev.serin.bench.content.Content in Go.
type content struct {
	clusters  []types.Resource
	endpoints []types.Resource
	listeners []types.Resource
	routes    []types.Resource
}

func readContent(file string) (*content, error) {
	bytes, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all discovery.DeltaDiscoveryResponse
	if err := proto.Unmarshal(bytes, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	read := &content{}
	for _, one := range all.Resources {
		message, err := one.Resource.UnmarshalNew()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		switch message.(type) {
		case *cluster.Cluster:
			read.clusters = append(read.clusters, message)
		case *endpoint.ClusterLoadAssignment:
			read.endpoints = append(read.endpoints, message)
		case *listener.Listener:
			read.listeners = append(read.listeners, message)
		case *route.RouteConfiguration:
			read.routes = append(read.routes, message)
		default:
			return nil, fmt.Errorf("%s: %T (expected: one of the four types)", one.Name, message)
		}
	}
	return read, nil
}

// changing is the RouteConfiguration that pushes change, and its place.
func (c *content) changing() (int, *route.RouteConfiguration) {
	place := len(c.routes) / 2
	return place, c.routes[place].(*route.RouteConfiguration)
}

// changed is a copy of the changing RouteConfiguration with this weight; it shares the hosts that
// stay as they are.
func (c *content) changed(weight uint32) *route.RouteConfiguration {
	_, base := c.changing()
	host := proto.Clone(base.VirtualHosts[0]).(*route.VirtualHost)
	split := host.Routes[0].GetRoute().GetWeightedClusters().Clusters
	split[0].Weight = wrapperspb.UInt32(weight)
	split[1].Weight = wrapperspb.UInt32(totalWeight - weight)
	hosts := append([]*route.VirtualHost{host}, base.VirtualHosts[1:]...)
	return &route.RouteConfiguration{Name: base.Name, VirtualHosts: hosts}
}

// allRoutes is every RouteConfiguration, the changing one with this weight.
func (c *content) allRoutes(weight uint32) []types.Resource {
	place, _ := c.changing()
	routes := append([]types.Resource(nil), c.routes...)
	routes[place] = c.changed(weight)
	return routes
}

func nodeID(i int) string {
	return fmt.Sprintf("proxy-%05d", i)
}

// own is the cluster that only this proxy has.
func (c *content) own(node string) *cluster.Cluster {
	own := proto.Clone(c.clusters[0]).(*cluster.Cluster)
	own.Name = "own-" + node
	return own
}
