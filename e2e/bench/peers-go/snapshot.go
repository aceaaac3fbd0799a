package main

import (
	"context"
	"fmt"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/sotw/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
)

const everyone = "everyone"

type groups struct{ byNode bool }

func (g groups) ID(node *core.Node) string {
	if g.byNode {
		return node.GetId()
	}
	return everyone
}

// snapshotPeer is the SnapshotCache in ADS mode, with ordered responses.
type snapshotPeer struct {
	content *content
	cache   cache.SnapshotCache
	fixed   [types.UnknownType]cache.Resources
	own     map[string]cache.Resources
}

func newSnapshotPeer(c *content, proxies int) *snapshotPeer {
	p := &snapshotPeer{
		content: c,
		cache:   cache.NewSnapshotCache(true, groups{proxies > 0}, nil),
		own:     map[string]cache.Resources{},
	}
	p.fixed[types.Cluster] = cache.NewResources("1", c.clusters)
	p.fixed[types.Endpoint] = cache.NewResources("1", c.endpoints)
	p.fixed[types.Listener] = cache.NewResources("1", c.listeners)
	for i := range proxies {
		node := nodeID(i)
		clusters := append(append([]types.Resource(nil), c.clusters...), c.own(node))
		p.own[node] = cache.NewResources("1", clusters)
	}
	return p
}

func (p *snapshotPeer) register(ctx context.Context, grpcServer *grpc.Server) {
	register(grpcServer, server.NewServer(ctx, p.cache, nil, sotw.WithOrderedADS()))
}

func (p *snapshotPeer) push(weight uint32) error {
	resources := p.fixed
	resources[types.Route] =
		cache.NewResources(fmt.Sprintf("w%d", weight), p.content.allRoutes(weight))
	if len(p.own) == 0 {
		return p.cache.SetSnapshot(
			context.Background(), everyone, &cache.Snapshot{Resources: resources})
	}
	for node, clusters := range p.own {
		resources[types.Cluster] = clusters
		snapshot := &cache.Snapshot{Resources: resources}
		if err := p.cache.SetSnapshot(context.Background(), node, snapshot); err != nil {
			return err
		}
	}
	return nil
}
