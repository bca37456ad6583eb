//! Images on their way to a node.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, quote};

use super::{
    super::{
        Kubelets,
        image::{self, Pull},
    },
    LONGEST, PodLife, State, spec_of,
};
use crate::cluster::Cluster;

impl PodLife {
    /// Takes the image from the node, or begins to pull it, as the container's policy has it.
    pub(super) fn fetch_image(&mut self, cluster: &mut Cluster, kubelets: &mut Kubelets, pod: &OwnedValue, at: usize) {
        let spec = spec_of(pod, &self.containers[at]).cloned().unwrap_or_default();
        let name = spec.str_at(&["image"]);
        if let Pull::Invalid { message } = image::pull(name) {
            self.tell(cluster, pod, at, true, "InspectFailed", &message);
            self.tell(cluster, pod, at, true, "Failed", "Error: InvalidImageName");
            self.containers[at].state = State::NoImage {
                reason: "InvalidImageName",
                message,
                until: Timestamp::MAX,
            };
            return;
        }
        let key = (self.node.clone(), image::full_name(name));
        let present = kubelets.images.contains(&key);
        match spec.str_at(&["imagePullPolicy"]) {
            "Never" if !present => {
                let message = format!("Container image {} is not present with pull policy of Never", quote(name));
                self.tell(cluster, pod, at, true, "ErrImageNeverPull", &message);
                self.tell(cluster, pod, at, true, "Failed", "Error: ErrImageNeverPull");
                self.containers[at].state = State::NoImage {
                    reason: "ErrImageNeverPull",
                    message,
                    until: Timestamp::MAX,
                };
            }
            "Always" => self.begin_pull(cluster, pod, at),
            _ if present => {
                let message = format!(
                    "Container image {} already present on machine and can be accessed by the pod",
                    quote(name)
                );
                self.tell(cluster, pod, at, false, "Pulled", &message);
                self.start(cluster, pod, at);
            }
            _ => self.begin_pull(cluster, pod, at),
        }
    }

    /// Begins to pull a container's image.
    pub(super) fn begin_pull(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize) {
        let name = spec_of(pod, &self.containers[at])
            .map(|spec| spec.str_at(&["image"]).to_owned())
            .unwrap_or_default();
        self.tell(cluster, pod, at, false, "Pulling", &format!("Pulling image {}", quote(&name)));
        let took = match image::pull(&name) {
            Pull::Done { took, .. } | Pull::Failed { took, .. } => took,
            Pull::Invalid { .. } => Duration::ZERO,
        };
        let now = cluster.clock.now();
        self.containers[at].state = State::Pulling {
            since: now,
            until: cluster.clock.after(took),
        };
    }

    /// A pull is over, well or not.
    pub(super) fn pulled(&mut self, cluster: &mut Cluster, kubelets: &mut Kubelets, pod: &OwnedValue, at: usize, since: Timestamp) {
        let name = spec_of(pod, &self.containers[at])
            .map(|spec| spec.str_at(&["image"]).to_owned())
            .unwrap_or_default();
        match image::pull(&name) {
            Pull::Done { size, .. } => {
                kubelets.fetch(&self.node, &name);
                let took = cluster.clock.passed_since(since);
                let shown = kubectl_rs::api::duration::format(jiff::SignedDuration::from_millis(took.as_millis() as i64));
                let message = format!(
                    "Successfully pulled image {} in {shown} ({shown} including waiting). Image size: {size} bytes.",
                    quote(&name)
                );
                self.containers[at].pull_failures = 0;
                self.tell(cluster, pod, at, false, "Pulled", &message);
                self.start(cluster, pod, at);
            }
            Pull::Failed { message, .. } | Pull::Invalid { message } => {
                let failed = format!("Failed to pull image {}: {message}", quote(&name));
                self.tell(cluster, pod, at, true, "Failed", &failed);
                self.tell(cluster, pod, at, true, "Failed", "Error: ErrImagePull");
                self.containers[at].pull_failures += 1;
                self.containers[at].state = State::NoImage {
                    reason: "ErrImagePull",
                    message,
                    until: cluster.clock.after(Duration::from_secs(2)),
                };
            }
        }
    }

    /// Puts the next attempt off, the longer the more have failed.
    pub(super) fn put_pull_off(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize) {
        let name = spec_of(pod, &self.containers[at])
            .map(|spec| spec.str_at(&["image"]).to_owned())
            .unwrap_or_default();
        let failures = self.containers[at].pull_failures.max(1);
        let pause = Duration::from_secs(10).saturating_mul(1 << (failures - 1).min(5)).min(LONGEST);
        self.tell(
            cluster,
            pod,
            at,
            false,
            "BackOff",
            &format!("Back-off pulling image {}", quote(&name)),
        );
        self.tell(cluster, pod, at, true, "Failed", "Error: ImagePullBackOff");
        let before = match &self.containers[at].state {
            State::NoImage { message, .. } => message.clone(),
            _ => String::new(),
        };
        self.containers[at].state = State::NoImage {
            reason: "ImagePullBackOff",
            message: format!("Back-off pulling image {}: ErrImagePull: {before}", quote(&name)),
            until: cluster.clock.after(pause),
        };
    }
}
