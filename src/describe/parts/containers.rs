//! Containers: what they run, how they are, what they mount.

use super::{
    environment,
    fields::{capital, number, object, or_else, text, texts, truth},
    probes, quantities, times,
};
use crate::{
    api::{Value, quote, sort::sort},
    describe::{
        Settings,
        writer::{Writer, put},
    },
};

/// Which containers are described, and in which surroundings.
#[derive(Debug)]
pub struct Containers<'v, 'a> {
    /// The title.
    pub title: &'v str,
    /// What stands before the title and, shortened, before the names: nothing for a pod, two spaces for a template.
    pub indent: &'v str,
    /// The containers.
    pub containers: &'v [Value<'a>],
    /// Their statuses, in any order.
    pub statuses: &'v [Value<'a>],
    /// The pod that they are in; none for those of a template.
    pub pod: Option<&'v Value<'a>>,
    /// How times are written.
    pub settings: &'v Settings,
}

impl Containers<'_, '_> {
    /// Writes the containers.
    pub fn describe(&self, w: &mut Writer) {
        let none = if self.containers.is_empty() { " <none>" } else { "" };
        put!(w, 0, "{}{}:{none}\n", self.indent, self.title);
        for container in self.containers {
            let name = container.str_at(&["name"]);
            // Of several statuses with one name the last one counts.
            let status = self.statuses.iter().rfind(|status| status.str_at(&["name"]) == name);
            put!(w, 1, "{}{name}:\n", if self.indent.is_empty() { "" } else { " " });
            image_and_ports(w, container, status);
            lines(w, "Command", &texts(container, &["command"]));
            lines(w, "Args", &texts(container, &["args"]));
            if let Some(status) = status {
                self.state(w, status);
            }
            resources(w, 2, container.at(&["resources"]));
            for (title, field) in [
                ("Liveness", "livenessProbe"),
                ("Readiness", "readinessProbe"),
                ("Startup", "startupProbe"),
            ] {
                if let Some(probe) = object(container, &[field]) {
                    put!(w, 2, "{title}:\t{}\n", probes::shown(probe));
                }
            }
            environment::sources(w, container);
            environment::variables(w, container, self.pod);
            mounts(w, container);
        }
    }

    fn state(&self, w: &mut Writer, status: &Value<'_>) {
        self.one_state(w, "State", status.at(&["state"]));
        if object(status, &["lastState", "terminated"]).is_some() {
            self.one_state(w, "Last State", status.at(&["lastState"]));
        }
        put!(w, 2, "Ready:\t{}\n", capital(truth(status, &["ready"])));
        put!(w, 2, "Restart Count:\t{}\n", number(status, &["restartCount"]));
    }

    fn one_state(&self, w: &mut Writer, title: &str, state: Option<&Value<'_>>) {
        let time = |state: &Value<'_>, field| times::shown(self.settings, state.at(&[field]));
        let [running, waiting, ended] = ["running", "waiting", "terminated"].map(|name| object(state?, &[name]));
        match (running, waiting, ended) {
            (Some(running), _, _) => {
                put!(w, 2, "{title}:\tRunning\n");
                put!(w, 3, "Started:\t{}\n", time(running, "startedAt"));
            }
            (None, None, Some(ended)) => {
                put!(w, 2, "{title}:\tTerminated\n");
                reason(w, "Reason", ended, "reason");
                reason(w, "Message", ended, "message");
                put!(w, 3, "Exit Code:\t{}\n", number(ended, &["exitCode"]));
                if number(ended, &["signal"]) > 0 {
                    put!(w, 3, "Signal:\t{}\n", number(ended, &["signal"]));
                }
                put!(w, 3, "Started:\t{}\n", time(ended, "startedAt"));
                put!(w, 3, "Finished:\t{}\n", time(ended, "finishedAt"));
            }
            (None, waiting, _) => {
                put!(w, 2, "{title}:\tWaiting\n");
                if let Some(waiting) = waiting {
                    reason(w, "Reason", waiting, "reason");
                }
            }
        }
    }
}

/// Writes a field of a state where it is not empty.
fn reason(w: &mut Writer, title: &str, state: &Value<'_>, field: &str) {
    if let Some(text) = text(state, &[field]).filter(|text| !text.is_empty()) {
        put!(w, 3, "{title}:\t{text}\n");
    }
}

fn image_and_ports(w: &mut Writer, container: &Value<'_>, status: Option<&Value<'_>>) {
    if let Some(status) = status {
        put!(w, 2, "Container ID:\t{}\n", status.str_at(&["containerID"]));
    }
    put!(w, 2, "Image:\t{}\n", container.str_at(&["image"]));
    if let Some(status) = status {
        put!(w, 2, "Image ID:\t{}\n", status.str_at(&["imageID"]));
    }
    for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports = ports(container, field);
        let several = if ports.contains(',') { "s" } else { "" };
        put!(w, 2, "{title}{several}:\t{}\n", or_else(ports, "<none>"));
    }
    seccomp_profile(w, 2, 3, container);
}

/// Writes which system calls a pod's or a container's `securityContext` allows, if it says so.
pub fn seccomp_profile(w: &mut Writer, level: usize, level_of_file: usize, holder: &Value<'_>) {
    let Some(profile) = object(holder, &["securityContext", "seccompProfile"]) else {
        return;
    };
    let kind = profile.str_at(&["type"]);
    put!(w, level, "SeccompProfile:\t{kind}\n");
    if kind == "Localhost" {
        put!(w, level_of_file, "LocalhostProfile:\t{}\n", profile.str_at(&["localhostProfile"]));
    }
}

/// A container's ports in one line, by the field that holds their numbers.
fn ports(container: &Value<'_>, field: &str) -> String {
    let shown = container.items_at(&["ports"]).iter().map(|port| {
        let (number, protocol) = (number(port, &[field]), port.str_at(&["protocol"]));
        match port.str_at(&["name"]) {
            "" => format!("{number}/{protocol}"),
            name => format!("{number}/{protocol} ({name})"),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Writes texts below a title, each of their lines by itself; nothing where there are none.
fn lines(w: &mut Writer, title: &str, texts: &[&str]) {
    if texts.is_empty() {
        return;
    }
    put!(w, 2, "{title}:\n");
    for line in texts.iter().flat_map(|text| text.split('\n')) {
        put!(w, 3, "{line}\n");
    }
}

/// Writes limits and requests.
pub fn resources(w: &mut Writer, level: usize, resources: Option<&Value<'_>>) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let Some(quantities) = resources.and_then(|resources| resources.get(field)?.as_object()) else {
            continue;
        };
        if !quantities.is_empty() {
            put!(w, level, "{title}:\n");
        }
        for (name, quantity) in quantities.iter() {
            put!(w, level + 1, "{name}:\t{}\n", quantities::shown(Some(quantity)));
        }
    }
}

/// Writes where volumes appear in a container.
fn mounts(w: &mut Writer, container: &Value<'_>) {
    let mut mounts: Vec<&Value<'_>> = container.items_at(&["volumeMounts"]).iter().collect();
    let none = if mounts.is_empty() { "\t<none>" } else { "" };
    put!(w, 2, "Mounts:{none}\n");
    sort(&mut mounts, |a, b| a.str_at(&["mountPath"]) < b.str_at(&["mountPath"]));
    for mount in mounts {
        let mut flags = if truth(mount, &["readOnly"]) { "ro" } else { "rw" }.to_owned();
        if let Some(path) = text(mount, &["subPath"]).filter(|path| !path.is_empty()) {
            flags.push_str(&format!(",path={}", quote(path)));
        }
        put!(
            w,
            3,
            "{} from {} ({flags})\n",
            mount.str_at(&["mountPath"]),
            mount.str_at(&["name"])
        );
    }
    let mut devices: Vec<&Value<'_>> = container.items_at(&["volumeDevices"]).iter().collect();
    if devices.is_empty() {
        return;
    }
    // As kubectl has it: without mounts this line says so, too.
    put!(w, 2, "Devices:{none}\n");
    sort(&mut devices, |a, b| a.str_at(&["devicePath"]) < b.str_at(&["devicePath"]));
    for device in devices {
        put!(w, 3, "{} from {}\n", device.str_at(&["devicePath"]), device.str_at(&["name"]));
    }
}
