//! What the descriptions of several kinds share: metadata, containers, volumes, selectors, events.

pub(super) mod base64;
pub(super) mod conditions;
pub(super) mod containers;
pub(super) mod controllers;
pub(super) mod environment;
pub(super) mod events;
pub(super) mod fields;
pub(super) mod metadata;
pub(super) mod owned;
pub(super) mod probes;
pub(super) mod quantities;
pub(super) mod references;
pub(super) mod requests;
pub(super) mod scheduling;
pub(super) mod selectors;
pub(super) mod slices;
pub(super) mod template;
pub(super) mod times;
pub(super) mod volumes;
