package main

import (
	"context"

	"gatescand/scanner/admission"
	"gatescand/store"
)

// BuriedDeliveries lists what the platforms have rejected for good.
func (d *daemon) BuriedDeliveries(ctx context.Context, limit int) ([]admission.Delivery, error) {
	return d.store.Deliveries(ctx, store.DeliveryFilter{State: admission.DeliveryBuried, Limit: limit})
}
