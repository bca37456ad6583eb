//! The life of one pod on its node.

mod container;
mod pull;
mod run;
mod status;

pub use container::{Container, Ended, Role, Run, Sandbox, State};

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value, quote};

use super::{Kubelets, Logs, volumes};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    store::Object,
};

const KUBELET: &str = "kubelet";
/// How long a sandbox takes.
const SANDBOX: Duration = Duration::from_millis(350);
/// How long a container that ended is seen so before anything else happens.
const PAUSE: Duration = Duration::from_millis(1200);
/// The longest that anything is put off after failures.
const LONGEST: Duration = Duration::from_secs(300);
/// How long a container must run for its failures to be forgotten.
const FORGIVEN: Duration = Duration::from_secs(600);

/// What a kubelet knows of one of its pods.
#[derive(Debug)]
pub struct PodLife {
    /// The pod's identifier.
    pub uid: String,
    /// Whether the pod is gone.
    pub over: bool,
    pub(super) node: String,
    pub(super) address: String,
    pub(super) started: Timestamp,
    pub(super) sandbox: Sandbox,
    pub(super) containers: Vec<Container>,
    pub(super) expired: bool,
    ending: Option<Timestamp>,
}

/// Finds a container's part of a pod's specification.
fn spec_of<'p>(pod: &'p OwnedValue, container: &Container) -> Option<&'p OwnedValue> {
    let list = if container.role == Role::Main {
        "containers"
    } else {
        "initContainers"
    };
    pod.items_at(&["spec", list])
        .iter()
        .find(|item| item.str_at(&["name"]) == container.name)
}

impl PodLife {
    /// A pod that just came to its node.
    pub fn begin(pod: &Object, now: Timestamp) -> Self {
        let value = &pod.value;
        let new = |item: &OwnedValue, role: Role| Container {
            name: item.str_at(&["name"]).to_owned(),
            role,
            state: State::Waiting,
            restarts: 0,
            last: None,
            crashes: 0,
            pull_failures: 0,
        };
        let init = value.items_at(&["spec", "initContainers"]).iter().map(|item| {
            let role = if item.str_at(&["restartPolicy"]) == "Always" {
                Role::Sidecar
            } else {
                Role::Init
            };
            new(item, role)
        });
        let main = value.items_at(&["spec", "containers"]).iter().map(|item| new(item, Role::Main));
        PodLife {
            uid: pod.uid().to_owned(),
            over: false,
            node: value.str_at(&["spec", "nodeName"]).to_owned(),
            address: String::new(),
            started: now,
            sandbox: Sandbox::WaitsForMount(now),
            containers: init.chain(main).collect(),
            expired: false,
            ending: None,
        }
    }

    /// Whether something that it waits for may come at any time.
    pub fn waits_for_objects(&self) -> bool {
        matches!(self.sandbox, Sandbox::WaitsForMount(_))
            || self
                .containers
                .iter()
                .any(|container| matches!(container.state, State::NoConfig { .. }))
    }

    /// Whether it is on its way to another state, and will be there by itself until `soon`. Back-offs and probes that
    /// fail lead nowhere.
    pub fn is_busy(&self, soon: Timestamp) -> bool {
        let under_way = self.ending.is_some() || matches!(self.sandbox, Sandbox::Making(_));
        under_way || self.sandbox == Sandbox::Ready && self.containers.iter().any(|container| container.is_busy(soon))
    }

    /// Takes the pod as far as time allows. Says when to look again.
    pub fn look(&mut self, cluster: &mut Cluster, kubelets: &mut Kubelets, object: &Object) -> Option<Timestamp> {
        let pod = &object.value;
        if meta::is_deleting(pod) {
            return self.end(cluster, pod);
        }
        if self.is_over() {
            return None;
        }
        let mut next = self.advance(cluster, kubelets, pod);
        let deadline = self.deadline(cluster, pod);
        if deadline == Some(None) {
            self.expire(cluster, pod);
            next = None;
        }
        status::write(cluster, self, pod);
        next.into_iter().chain(deadline.flatten()).min()
    }

    /// Whether all containers ended for good.
    fn is_over(&self) -> bool {
        self.sandbox == Sandbox::Gone
    }

    /// When the pod's time is up: none where it has no limit, `Some(None)` where it is up.
    fn deadline(&self, cluster: &Cluster, pod: &OwnedValue) -> Option<Option<Timestamp>> {
        let seconds = pod.int_at(&["spec", "activeDeadlineSeconds"])?;
        let limit = Duration::from_secs(u64::try_from(seconds).ok()?);
        Some(match limit.checked_sub(cluster.clock.passed_since(self.started)) {
            Some(left) if !left.is_zero() => Some(cluster.clock.after(left)),
            _ => None,
        })
    }

    fn expire(&mut self, cluster: &mut Cluster, pod: &OwnedValue) {
        self.stop_all(cluster.clock.now(), 137);
        self.expired = true;
        self.sandbox = Sandbox::Gone;
        let message = "Pod was active on the node longer than the specified deadline";
        let event = Event::normal(KUBELET, "DeadlineExceeded", message).on(&self.node);
        events::record(cluster, pod, event);
    }

    fn stop_all(&mut self, now: Timestamp, code: i32) {
        for container in &mut self.containers {
            if let State::Running(run) = &container.state {
                let code = if run.program.heeds_signals() && code == 143 { 0 } else { code };
                let ended = run.clone().end(now, code);
                container.state = State::Ended(ended, None);
            }
        }
    }

    /// Ends the pod, and takes it out of the API when it is done.
    fn end(&mut self, cluster: &mut Cluster, pod: &OwnedValue) -> Option<Timestamp> {
        let now = cluster.clock.now();
        let grace = pod.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(30);
        let grace = Duration::from_secs(u64::try_from(grace).unwrap_or_default());
        let Some(due) = self.ending else {
            let mut longest = Duration::from_millis(250);
            let mut running = Vec::new();
            for container in &self.containers {
                if let State::Running(run) = &container.state {
                    let takes = if run.program.heeds_signals() { 700 } else { 2000 };
                    longest = longest.max(Duration::from_millis(takes));
                    running.push((container.name.clone(), container.role));
                }
            }
            for (name, role) in running {
                let message = format!("Stopping container {name}");
                let field = field_of(role, &name);
                events::record(
                    cluster,
                    pod,
                    Event::normal(KUBELET, "Killing", &message).on(&self.node).about(&field),
                );
            }
            let due = cluster.clock.after(longest.min(grace));
            self.ending = Some(due);
            return Some(due);
        };
        if due > now {
            return Some(due);
        }
        self.stop_all(now, 143);
        // Who does not listen is ended by force.
        for container in &mut self.containers {
            if let State::Ended(ended, _) = &mut container.state
                && ended.code == 143
            {
                ended.code = 137;
                ended.reason = "Error";
            }
        }
        self.sandbox = Sandbox::Gone;
        status::write(cluster, self, pod);
        self.over = true;
        let id = cluster.collection("", "pods");
        cluster.remove(id, meta::namespace(pod), meta::name(pod));
        None
    }

    fn advance(&mut self, cluster: &mut Cluster, kubelets: &mut Kubelets, pod: &OwnedValue) -> Option<Timestamp> {
        let now = cluster.clock.now();
        if let Sandbox::WaitsForMount(due) = self.sandbox {
            // Something may have come before the time to look again.
            match volumes::missing_mount(cluster, pod) {
                Some(problem) => {
                    if due <= now {
                        events::record(cluster, pod, Event::warning(KUBELET, "FailedMount", &problem).on(&self.node));
                        self.sandbox = Sandbox::WaitsForMount(cluster.clock.after(Duration::from_secs(8)));
                    }
                    return match self.sandbox {
                        Sandbox::WaitsForMount(due) => Some(due),
                        _ => None,
                    };
                }
                None => self.sandbox = Sandbox::Making(cluster.clock.after(SANDBOX)),
            }
        }
        if let Sandbox::Making(due) = self.sandbox {
            if due > now {
                return Some(due);
            }
            self.sandbox = Sandbox::Ready;
            self.address = match pod.at(&["spec", "hostNetwork"]).and_then(Value::as_bool) {
                Some(true) => status::node_address(cluster, &self.node),
                _ => kubelets.address(cluster, &self.node),
            };
        }
        let mut next: Option<Timestamp> = None;
        let mut may_go_on = true;
        for at in 0..self.containers.len() {
            let role = self.containers[at].role;
            if role == Role::Main && !may_go_on {
                break;
            }
            if role != Role::Main && !may_go_on && matches!(self.containers[at].state, State::Waiting) {
                continue;
            }
            let due = self.advance_container(cluster, kubelets, pod, at);
            next = next.into_iter().chain(due).min();
            match (role, &self.containers[at].state) {
                (Role::Init, State::Ended(ended, _)) if ended.code == 0 => {}
                (Role::Init, State::Ended(..)) if restart_policy(pod) == "Never" => {
                    may_go_on = false;
                    self.sandbox = Sandbox::Gone;
                }
                (Role::Init, _) => may_go_on = false,
                (Role::Sidecar, State::Running(_)) => {}
                (Role::Sidecar, _) => may_go_on = false,
                (Role::Main, _) => {}
            }
        }
        let main_is_over = self
            .containers
            .iter()
            .filter(|container| container.role == Role::Main)
            .all(|container| matches!(container.state, State::Ended(_, None)));
        if main_is_over {
            // Those beside the others end with them.
            for container in self.containers.iter_mut().filter(|container| container.role == Role::Sidecar) {
                if let State::Running(run) = &container.state {
                    container.state = State::Ended(run.clone().end(now, 0), None);
                }
            }
            self.sandbox = Sandbox::Gone;
            return None;
        }
        next
    }

    fn tell(&self, cluster: &mut Cluster, pod: &OwnedValue, at: usize, warns: bool, reason: &str, message: &str) {
        let container = &self.containers[at];
        let field = field_of(container.role, &container.name);
        let event = if warns {
            Event::warning(KUBELET, reason, message)
        } else {
            Event::normal(KUBELET, reason, message)
        };
        events::record(cluster, pod, event.on(&self.node).about(&field));
    }

    /// Takes one container as far as time allows. Says when something happens next.
    fn advance_container(&mut self, cluster: &mut Cluster, kubelets: &mut Kubelets, pod: &OwnedValue, at: usize) -> Option<Timestamp> {
        let now = cluster.clock.now();
        loop {
            match &self.containers[at].state {
                State::Waiting => self.fetch_image(cluster, kubelets, pod, at),
                State::Pulling { since, until } => {
                    if *until > now {
                        return Some(*until);
                    }
                    let since = *since;
                    self.pulled(cluster, kubelets, pod, at, since);
                }
                State::NoImage { reason, until, .. } => {
                    if *until > now {
                        return Some(*until);
                    }
                    match *reason {
                        "ErrImagePull" => self.put_pull_off(cluster, pod, at),
                        "InvalidImageName" | "ErrImageNeverPull" => return None,
                        _ => self.begin_pull(cluster, pod, at),
                    }
                }
                State::NoConfig { until, .. } => {
                    let until = *until;
                    let spec = spec_of(pod, &self.containers[at]).cloned().unwrap_or_default();
                    match volumes::variables(cluster, pod, &spec) {
                        Ok(_) => self.containers[at].state = State::Waiting,
                        Err(_) if until > now => return Some(until),
                        Err(message) => self.lack_config(cluster, pod, at, message),
                    }
                }
                State::Running(run) => {
                    let due = run.next_due();
                    match due {
                        Some(due) if due <= now => self.happen(cluster, pod, at),
                        other => return other,
                    }
                }
                State::Ended(_, None) => return None,
                State::Ended(ended, Some(due)) => {
                    if *due > now {
                        return Some(*due);
                    }
                    let ended = ended.clone();
                    self.after_end(cluster, pod, at, ended);
                }
                State::BackOff(ended, due, _) => {
                    if *due > now {
                        return Some(*due);
                    }
                    let ended = ended.clone();
                    self.again(at, ended);
                }
            }
        }
    }

    /// The container begins anew after a run that ended.
    fn again(&mut self, at: usize, ended: Ended) {
        let container = &mut self.containers[at];
        container.last = Some(ended);
        container.restarts += 1;
        container.state = State::Waiting;
    }

    fn after_end(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize, ended: Ended) {
        let pause = match self.containers[at].crashes {
            0 | 1 => return self.again(at, ended),
            crashes => Duration::from_secs(10).saturating_mul(1 << (crashes - 2).min(5)).min(LONGEST),
        };
        let message = format!(
            "Back-off restarting failed container {} in pod {}_{}({})",
            self.containers[at].name,
            meta::name(pod),
            meta::namespace(pod),
            self.uid
        );
        self.tell(cluster, pod, at, true, "BackOff", &message);
        let due = cluster.clock.after(pause);
        self.containers[at].state = State::BackOff(ended, due, pause);
    }

    fn lack_config(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize, message: String) {
        self.tell(cluster, pod, at, true, "Failed", &format!("Error: {message}"));
        let until = cluster.clock.after(Duration::from_secs(10));
        self.containers[at].state = State::NoConfig { message, until };
    }

    /// What a container wrote in its present run or the one before.
    ///
    /// # Errors
    /// The kubelet's sentence where there is nothing to show.
    pub fn logs(&self, pod: &str, name: &str, previous: bool) -> Result<Logs, String> {
        let Some(container) = self.containers.iter().find(|container| container.name == name) else {
            return Err(format!("container {} in pod {} is not available", quote(name), quote(pod)));
        };
        let of_run = |run: &Run| Logs {
            program: run.program.clone(),
            started: run.started,
            finished: None,
            speed: 1.0,
        };
        let of_ended = |ended: &Ended| Logs {
            program: ended.program.clone(),
            started: ended.started,
            finished: Some(ended.finished),
            speed: 1.0,
        };
        if previous {
            let last = match &container.state {
                State::BackOff(ended, ..) => Some(ended),
                _ => container.last.as_ref(),
            };
            return last
                .map(of_ended)
                .ok_or_else(|| format!("previous terminated container {} in pod {} not found", quote(name), quote(pod)));
        }
        let waiting = |reason: &str| format!("container {} in pod {} is waiting to start: {reason}", quote(name), quote(pod));
        match &container.state {
            State::Running(run) => Ok(of_run(run)),
            State::Ended(ended, _) | State::BackOff(ended, ..) => Ok(of_ended(ended)),
            State::NoImage { reason, .. } => Err(match *reason {
                "ErrImagePull" => waiting("image can't be pulled"),
                "ImagePullBackOff" => waiting("trying and failing to pull image"),
                other => waiting(other),
            }),
            State::NoConfig { .. } => Err(waiting("CreateContainerConfigError")),
            State::Waiting | State::Pulling { .. } => match &container.last {
                Some(last) => Ok(of_ended(last)),
                None if self.containers.iter().any(|container| container.role == Role::Init) && container.role == Role::Main => {
                    Err(waiting("PodInitializing"))
                }
                None => Err(waiting("ContainerCreating")),
            },
        }
    }
}

fn restart_policy(pod: &OwnedValue) -> &str {
    pod.str_at(&["spec", "restartPolicy"])
}

/// The part of a pod that events about a container name.
fn field_of(role: Role, name: &str) -> String {
    match role {
        Role::Main => format!("spec.containers{{{name}}}"),
        Role::Init | Role::Sidecar => format!("spec.initContainers{{{name}}}"),
    }
}
