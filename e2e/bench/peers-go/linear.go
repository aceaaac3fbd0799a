package main

import (
	"context"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
)

// linearPeer is a LinearCache a type behind a MuxCache; where proxies have a cluster of their own,
// one more for each proxy's clusters.
type linearPeer struct {
	content *content
	mux     *cache.MuxCache
	routes  *cache.LinearCache
}

func newLinearPeer(c *content, proxies int) *linearPeer {
	p := &linearPeer{content: c, routes: linear(resource.RouteType, c.routes)}
	caches := map[string]cache.Cache{
		resource.ClusterType:  linear(resource.ClusterType, c.clusters),
		resource.EndpointType: linear(resource.EndpointType, c.endpoints),
		resource.ListenerType: linear(resource.ListenerType, c.listeners),
		resource.RouteType:    p.routes,
	}
	for i := range proxies {
		node := nodeID(i)
		clusters := append(append([]types.Resource(nil), c.clusters...), c.own(node))
		caches[node] = linear(resource.ClusterType, clusters)
	}
	key := func(typeURL string, node *core.Node) string {
		if proxies > 0 && typeURL == resource.ClusterType {
			return node.GetId()
		}
		return typeURL
	}
	p.mux = &cache.MuxCache{
		Classify:      func(r *cache.Request) string { return key(r.GetTypeUrl(), r.GetNode()) },
		ClassifyDelta: func(r *cache.DeltaRequest) string { return key(r.GetTypeUrl(), r.GetNode()) },
		Caches:        caches,
	}
	return p
}

func linear(typeURL string, resources []types.Resource) *cache.LinearCache {
	named := map[string]types.Resource{}
	for _, one := range resources {
		named[cache.GetResourceName(one)] = one
	}
	return cache.NewLinearCache(typeURL, cache.WithInitialResources(named))
}

func (p *linearPeer) register(ctx context.Context, grpcServer *grpc.Server) {
	register(grpcServer, server.NewServer(ctx, p.mux, nil))
}

func (p *linearPeer) push(weight uint32) error {
	changed := p.content.changed(weight)
	return p.routes.UpdateResource(changed.Name, changed)
}
