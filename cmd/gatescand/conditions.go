package main

import (
	"slices"
	"strings"

	"gatescand/device/admin"
	"gatescand/device/health"
)

// conditions gives every part of the station the registry in its own terms.
type conditions struct{ registry *health.Registry }

func newConditions(hub *admin.Hub, registry *health.Registry) conditions {
	registry.Watch(func(c health.Change) { hub.Condition(conditionOf(c.Condition), c.Raised) })
	return conditions{registry}
}

// Raise says that something stands.
func (c conditions) Raise(code, subject, detail string) {
	c.registry.Raise(health.Code(code), subject, detail)
}

// Clear says that it no longer does.
func (c conditions) Clear(code, subject string) { c.registry.Clear(health.Code(code), subject) }

// Set raises or clears.
func (c conditions) Set(code, subject, detail string, stands bool) {
	c.registry.Set(stands, health.Code(code), subject, detail)
}

// forget clears what is about parts that are gone. A condition can be about
// one of a part's lists: its subject then begins with the part's name.
func (c conditions) forget(subjects []string) {
	for _, x := range c.registry.List() {
		part, _, _ := strings.Cut(x.Subject, "/")
		if slices.Contains(subjects, x.Subject) || slices.Contains(subjects, part) {
			c.registry.Clear(x.Code, x.Subject)
		}
	}
}

// Conditions makes conditions an admin.Conditions.
func (c conditions) Conditions() []admin.Condition {
	list := c.registry.List()
	out := make([]admin.Condition, 0, len(list))
	for _, x := range list {
		out = append(out, conditionOf(x))
	}
	return out
}

func conditionOf(c health.Condition) admin.Condition {
	return admin.Condition{
		Code: string(c.Code), Subject: c.Subject, Severity: string(c.Severity), Detail: c.Detail, Text: c.Text, Remedy: c.Remedy, Since: c.Since,
	}
}
