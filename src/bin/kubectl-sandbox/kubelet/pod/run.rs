//! Runs of containers: how they begin, what happens in them, how they end.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, quote};

use super::{
    super::{Program, probe, volumes},
    Ended, FORGIVEN, PAUSE, PodLife, Role, Run, State,
    container::Repeated,
    restart_policy, spec_of,
};
use crate::cluster::Cluster;

impl PodLife {
    /// Starts a container whose image is there.
    pub(super) fn start(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize) {
        let now = cluster.clock.now();
        let spec = spec_of(pod, &self.containers[at]).cloned().unwrap_or_default();
        let variables = match volumes::variables(cluster, pod, &spec) {
            Ok(variables) => variables,
            Err(message) => return self.lack_config(cluster, pod, at, message),
        };
        let files = volumes::files(cluster, pod, &spec);
        let program = Program::of(&spec, variables, files);
        let id = format!("containerd://{}", cluster.random.hex(64));
        self.tell(cluster, pod, at, false, "Created", "Container created");
        if let Program::Missing { name } = &program {
            let message = format!(
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: {}: executable file not found in $PATH",
                quote(name)
            );
            self.tell(cluster, pod, at, true, "Failed", &format!("Error: {message}"));
            let ended = Ended {
                started: Timestamp::UNIX_EPOCH,
                finished: now,
                code: 128,
                reason: "StartError",
                message,
                id,
                program,
            };
            return self.ended(cluster, pod, at, ended);
        }
        self.tell(cluster, pod, at, false, "Started", "Container started");
        let ends = program.end(now).map(|(after, code)| (cluster.clock.after(after), code));
        let mut run = Run {
            started: now,
            program,
            id,
            ends,
            ready_at: None,
            unready: None,
            unalive: None,
            ready: false,
        };
        let repeated = |cluster: &Cluster, finding: &probe::Finding, message: &str| Repeated {
            next: cluster.clock.after(finding.after),
            period: finding.period,
            message: message.to_owned(),
            failures: 0,
            threshold: finding.threshold,
        };
        let startup = probe::find(&spec, "startupProbe", &self.address, now);
        let delay = startup.as_ref().map(|finding| finding.after).unwrap_or_default();
        match probe::find(&spec, "readinessProbe", &self.address, now) {
            None if delay.is_zero() => run.ready = true,
            None => run.ready_at = Some(cluster.clock.after(delay)),
            Some(finding) => match &finding.failure {
                None => run.ready_at = Some(cluster.clock.after(finding.after.max(delay))),
                Some(message) => run.unready = Some(repeated(cluster, &finding, message)),
            },
        }
        if let Some(finding) = probe::find(&spec, "livenessProbe", &self.address, now)
            && let Some(message) = &finding.failure
        {
            run.unalive = Some(repeated(cluster, &finding, message));
        }
        self.containers[at].state = State::Running(run);
    }

    /// Something is due in a container that runs.
    pub(super) fn happen(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize) {
        let now = cluster.clock.now();
        let State::Running(run) = &mut self.containers[at].state else {
            return;
        };
        if let Some((_, code)) = run.ends.filter(|(due, _)| *due <= now) {
            let due = run.ends.map_or(now, |(due, _)| due);
            let mut ended = run.clone().end(due, code);
            let policy = spec_of(pod, &self.containers[at]).map(|spec| spec.str_at(&["terminationMessagePolicy"]));
            if code != 0 && policy == Some("FallbackToLogsOnError") {
                ended.message = ended.last_words(cluster.clock.speed());
            }
            return self.ended(cluster, pod, at, ended);
        }
        if run.ready_at.is_some_and(|due| due <= now) {
            run.ready_at = None;
            run.ready = true;
        }
        let mut told: Vec<(&str, String)> = Vec::new();
        let mut kill = false;
        for (what, repeated) in [("Readiness", &mut run.unready), ("Liveness", &mut run.unalive)] {
            let Some(probe) = repeated else { continue };
            if probe.next > now {
                continue;
            }
            probe.failures += 1;
            probe.next = cluster.clock.after(probe.period);
            told.push((what, format!("{what} probe failed: {}", probe.message)));
            kill |= what == "Liveness" && probe.failures >= probe.threshold;
        }
        let killed = kill.then(|| run.clone().end(now, 137));
        for (_, message) in told {
            self.tell(cluster, pod, at, true, "Unhealthy", &message);
        }
        if let Some(ended) = killed {
            let message = format!("Container {} failed liveness probe, will be restarted", self.containers[at].name);
            self.tell(cluster, pod, at, false, "Killing", &message);
            self.ended(cluster, pod, at, ended);
        }
    }

    /// A container's run is over.
    pub(super) fn ended(&mut self, cluster: &mut Cluster, pod: &OwnedValue, at: usize, ended: Ended) {
        let lasted = std::time::Duration::try_from(ended.finished.duration_since(ended.started)).unwrap_or_default();
        let container = &mut self.containers[at];
        if ended.reason != "StartError" && lasted >= FORGIVEN {
            container.crashes = 0;
        }
        container.crashes += 1;
        let restarts = match (container.role, restart_policy(pod)) {
            (Role::Init, "Never") | (Role::Main, "Never") => false,
            (Role::Init, _) => ended.code != 0,
            (Role::Sidecar, _) | (Role::Main, "Always") => true,
            (Role::Main, _) => ended.code != 0,
        };
        let due = restarts.then(|| cluster.clock.after(PAUSE));
        self.containers[at].state = State::Ended(ended, due);
    }
}
