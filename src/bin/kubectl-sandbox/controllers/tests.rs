//! The controllers together, by a clock that is set by hand: nothing waits, and every second can be looked at.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use kubectl_rs::api::{OwnedValue, Value};

use super::Manager;
use crate::{beginnings, clock::Clock, cluster::Cluster, meta, random::Random, store::Object, verbs::Propagation, yaml};

/// A cluster without any objects of users, and its time.
struct World {
    cluster: Cluster,
    manager: Manager,
    now: Timestamp,
}

impl World {
    fn new() -> World {
        let mut cluster = Cluster::new(Clock::new(1.0), Random::seeded(1));
        let mut manager = Manager::default();
        beginnings::fill(&mut cluster, &mut manager, true, &[]).unwrap();
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        cluster.clock.set(now);
        World { cluster, manager, now }
    }

    /// Creates the objects of a manifest.
    fn create(&mut self, text: &str) {
        for mut value in yaml::documents(text.as_bytes()).unwrap() {
            let (version, kind) = (value.str_at(&["apiVersion"]).to_owned(), value.str_at(&["kind"]).to_owned());
            let resource = self.cluster.registry.kind(&version, &kind).cloned().unwrap();
            if resource.namespaced() {
                value.set(&["metadata", "namespace"], "default");
            }
            self.cluster.create(&resource, value);
        }
    }

    /// Lets time pass.
    fn live(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.manager.live_until(&mut self.cluster, self.now);
    }

    fn list(&mut self, group: &str, plural: &str) -> Vec<Rc<Object>> {
        let id = self.cluster.collection(group, plural);
        self.cluster.store.list(id, Some("default")).cloned().collect()
    }

    fn names(&mut self, group: &str, plural: &str) -> Vec<String> {
        self.list(group, plural).iter().map(|object| object.name().to_owned()).collect()
    }

    fn get(&mut self, group: &str, plural: &str, name: &str) -> OwnedValue {
        let id = self.cluster.collection(group, plural);
        let object = self
            .cluster
            .store
            .get(id, "default", name)
            .or_else(|| self.cluster.store.get(id, "", name));
        object.unwrap_or_else(|| panic!("no {plural} {name}")).value.clone()
    }

    fn edit(&mut self, group: &str, plural: &str, name: &str, path: &[&str], value: impl Into<OwnedValue>) {
        let resource = self.cluster.built_in(group, plural).unwrap();
        let namespace = if resource.namespaced() { "default" } else { "" };
        self.cluster
            .edit(&resource, namespace, name, |object| object.set(path, value))
            .unwrap();
    }

    fn delete(&mut self, group: &str, plural: &str, name: &str, propagation: Propagation) {
        let resource = self.cluster.built_in(group, plural).unwrap();
        let namespace = if resource.namespaced() { "default" } else { "" };
        self.cluster.delete(&resource, namespace, name, Some(propagation));
    }

    /// How many pods are ready.
    fn ready(&mut self) -> usize {
        self.list("", "pods").iter().filter(|pod| super::pods::is_ready(&pod.value)).count()
    }

    /// The messages of the events about an object.
    fn messages(&mut self, name: &str) -> Vec<String> {
        let events = self.list("", "events");
        let about = events
            .iter()
            .filter(|event| event.value.str_at(&["involvedObject", "name"]) == name);
        about.map(|event| event.value.str_at(&["message"]).to_owned()).collect()
    }
}

fn condition<'v>(value: &'v OwnedValue, kind: &str) -> &'v str {
    let conditions = value.items_at(&["status", "conditions"]);
    let found = conditions.iter().find(|condition| condition.str_at(&["type"]) == kind);
    found.map_or("", |condition| condition.str_at(&["status"]))
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27'}]}
";

#[test]
fn deployment_rolls_within_its_bounds_and_keeps_its_revisions() {
    let mut world = World::new();
    world.create(WEB);
    world.live(60);
    assert_eq!(world.ready(), 4);
    let image = ["spec", "template", "spec", "containers"];
    let mut containers = world.get("apps", "deployments", "web").items_at(&image).to_vec();
    containers[0].set(&["image"], "nginx:1.28");
    world.edit("apps", "deployments", "web", &image, containers);
    for _ in 0..120 {
        world.live(1);
        // A quarter more and a quarter fewer.
        let pods = world.list("", "pods").iter().filter(|pod| !meta::is_deleting(&pod.value)).count();
        assert!(world.ready() >= 3 && pods <= 5, "{} ready of {pods}", world.ready());
    }
    let web = world.get("apps", "deployments", "web");
    assert_eq!(meta::annotation(&web, "deployment.kubernetes.io/revision"), Some("2"));
    assert_eq!(condition(&web, "Available"), "True");
    assert_eq!(web.int_at(&["status", "updatedReplicas"]), Some(4));
    let mut sizes: Vec<(String, i64)> = world
        .list("apps", "replicasets")
        .iter()
        .map(|set| {
            let revision = meta::annotation(&set.value, "deployment.kubernetes.io/revision").unwrap_or_default();
            (revision.to_owned(), set.value.int_at(&["spec", "replicas"]).unwrap())
        })
        .collect();
    sizes.sort();
    assert_eq!(sizes, [("1".to_owned(), 0), ("2".to_owned(), 4)]);
}

#[test]
fn deployment_that_is_paused_waits_and_one_that_cannot_get_on_says_so() {
    let mut world = World::new();
    world.create(WEB);
    world.live(60);
    world.edit("apps", "deployments", "web", &["spec", "paused"], true);
    let image = ["spec", "template", "spec", "containers"];
    let mut containers = world.get("apps", "deployments", "web").items_at(&image).to_vec();
    containers[0].set(&["image"], "nginx:does-not-exist");
    world.edit("apps", "deployments", "web", &image, containers);
    world.live(60);
    assert_eq!(world.list("apps", "replicasets").len(), 1);
    world.edit("apps", "deployments", "web", &["spec", "paused"], false);
    world.live(700);
    let web = world.get("apps", "deployments", "web");
    assert_eq!((condition(&web, "Available"), condition(&web, "Progressing")), ("True", "False"));
    assert_eq!(world.ready(), 3);
}

#[test]
fn deployment_that_is_recreated_is_not_available_while_its_pods_are_missing() {
    let mut world = World::new();
    world.create(
        &WEB.replace("replicas: 4", "replicas: 1\n  strategy: {type: Recreate}")
            .replace("nginx:1.27", "nginx:does-not-exist"),
    );
    world.live(60);
    assert_eq!(condition(&world.get("apps", "deployments", "web"), "Available"), "False");
}

const DATABASE: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 3
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: 'redis:7.2'}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

#[test]
fn stateful_set_makes_its_pods_one_after_another_and_takes_the_last_first() {
    let mut world = World::new();
    world.create(DATABASE);
    for _ in 0..60 {
        world.live(1);
        // Nobody begins before all those before are ready.
        let pods = world.names("", "pods").len();
        assert!(pods <= world.ready() + 1, "{pods} pods, {} of them ready", world.ready());
    }
    assert_eq!(world.names("", "pods"), ["db-0", "db-1", "db-2"]);
    let pod = world.get("", "pods", "db-2");
    let revision = world
        .get("apps", "statefulsets", "db")
        .str_at(&["status", "currentRevision"])
        .to_owned();
    assert_eq!(meta::label(&pod, "controller-revision-hash"), Some(revision.as_str()));
    assert_eq!(meta::label(&pod, "apps.kubernetes.io/pod-index"), Some("2"));
    world.edit("apps", "statefulsets", "db", &["spec", "replicas"], 1i64);
    let mut seen = Vec::new();
    for _ in 0..60 {
        world.live(1);
        let names = world.names("", "pods");
        if seen.last() != Some(&names) {
            seen.push(names);
        }
    }
    assert_eq!(seen.last().unwrap(), &["db-0"]);
    assert!(seen.contains(&vec!["db-0".to_owned(), "db-1".to_owned()]), "{seen:?}");
    assert_eq!(world.names("", "persistentvolumeclaims"), ["data-db-0", "data-db-1", "data-db-2"]);
}

#[test]
fn daemon_set_follows_the_labels_of_nodes() {
    let mut world = World::new();
    world.create(
        "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: agent, image: 'fluent/fluentd:v1.16'}]
",
    );
    world.live(30);
    assert_eq!(world.names("", "pods").len(), 0);
    world.edit("", "nodes", "sandbox-worker2", &["metadata", "labels", "disk"], "ssd");
    world.live(30);
    let pods = world.list("", "pods");
    assert_eq!(pods.len(), 1);
    assert_eq!(pods[0].value.str_at(&["spec", "nodeName"]), "sandbox-worker2");
    world.edit("", "nodes", "sandbox-worker2", &["metadata", "labels", "disk"], "hdd");
    world.live(60);
    assert_eq!(world.names("", "pods").len(), 0);
}

fn job(name: &str, command: &str, more: &str) -> String {
    format!(
        "
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  {more}
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: 'busybox:1.36', command: [sh, -c, '{command}']}}]
"
    )
}

#[test]
fn job_runs_as_many_pods_at_once_as_it_may_until_all_are_done() {
    let mut world = World::new();
    world.create(&job("work", "sleep 5", "completions: 5\n  parallelism: 2"));
    let mut most = 0;
    for _ in 0..90 {
        world.live(1);
        let active = world
            .list("", "pods")
            .iter()
            .filter(|pod| super::pods::is_active(&pod.value))
            .count();
        most = most.max(active);
    }
    assert_eq!(most, 2);
    let work = world.get("batch", "jobs", "work");
    assert_eq!(
        (condition(&work, "Complete"), work.int_at(&["status", "succeeded"])),
        ("True", Some(5))
    );
    assert_eq!(world.list("", "pods").len(), 5);
}

#[test]
fn job_that_fails_tries_again_later_and_later_and_gives_up() {
    let mut world = World::new();
    world.create(&job("doomed", "exit 3", "backoffLimit: 2"));
    world.live(5);
    assert_eq!(world.list("", "pods").len(), 1);
    world.live(600);
    assert_eq!(world.list("", "pods").len(), 3);
    let doomed = world.get("batch", "jobs", "doomed");
    assert_eq!(condition(&doomed, "Failed"), "True");
    assert!(
        world
            .messages("doomed")
            .contains(&"Job has reached the specified backoff limit".to_owned())
    );
}

#[test]
fn pod_that_fails_leaves_the_end_of_its_log_where_it_is_asked_to() {
    let mut world = World::new();
    for (name, policy) in [("says", "FallbackToLogsOnError"), ("hides", "File")] {
        world.create(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{restartPolicy: Never, containers: [{{name: a, image: busybox, terminationMessagePolicy: {policy}, command: [sh, -c, 'echo bad luck; exit 7']}}]}}}}"
        ));
    }
    world.live(30);
    let message = |world: &mut World, name: &str| {
        let pod = world.get("", "pods", name);
        let statuses = pod.items_at(&["status", "containerStatuses"]);
        statuses[0].str_at(&["state", "terminated", "message"]).to_owned()
    };
    assert_eq!(message(&mut world, "says"), "bad luck\n");
    assert_eq!(message(&mut world, "hides"), "");
}

#[test]
fn job_with_numbers_does_each_number_once() {
    let mut world = World::new();
    world.create(&job(
        "many",
        "echo $JOB_COMPLETION_INDEX",
        "completions: 3\n  parallelism: 3\n  completionMode: Indexed",
    ));
    world.live(60);
    let many = world.get("batch", "jobs", "many");
    assert_eq!(many.str_at(&["status", "completedIndexes"]), "0-2");
    let mut hosts: Vec<String> = world
        .list("", "pods")
        .iter()
        .map(|pod| pod.value.str_at(&["spec", "hostname"]).to_owned())
        .collect();
    hosts.sort();
    assert_eq!(hosts, ["many-0", "many-1", "many-2"]);
}

#[test]
fn cron_job_makes_a_job_at_every_time_and_keeps_the_latest() {
    let mut world = World::new();
    world.create(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '*/5 * * * *'
  successfulJobsHistoryLimit: 2
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: 'busybox:1.36', command: [date]}]
",
    );
    world.live(54);
    assert_eq!(world.names("batch", "jobs").len(), 0);
    world.live(10);
    assert_eq!(world.names("batch", "jobs").len(), 1);
    assert_eq!(
        world.get("batch", "cronjobs", "tick").str_at(&["status", "lastScheduleTime"]),
        "2026-01-02T03:05:00Z"
    );
    world.live(3600);
    let jobs = world.list("batch", "jobs");
    assert_eq!(jobs.len(), 2);
    assert!(jobs.iter().all(|job| condition(&job.value, "Complete") == "True"));
    world.edit("batch", "cronjobs", "tick", &["spec", "suspend"], true);
    let before = world.names("batch", "jobs");
    world.live(3600);
    assert_eq!(world.names("batch", "jobs"), before);
}

#[test]
fn deletion_takes_what_was_owned_with_it_waits_for_it_or_leaves_it() {
    for (propagation, left) in [(Propagation::Background, 0), (Propagation::Foreground, 0), (Propagation::Orphan, 4)] {
        let mut world = World::new();
        world.create(WEB);
        world.live(60);
        world.delete("apps", "deployments", "web", propagation);
        world.live(0);
        let waits = world.names("apps", "deployments").len();
        assert_eq!(waits, usize::from(propagation == Propagation::Foreground), "{propagation:?}");
        world.live(120);
        assert_eq!(world.names("apps", "deployments").len(), 0, "{propagation:?}");
        assert_eq!(world.names("", "pods").len(), left, "{propagation:?}");
        assert_eq!(world.names("apps", "replicasets").len(), usize::from(left > 0), "{propagation:?}");
    }
}

#[test]
fn replica_set_adopts_what_fits_and_replaces_what_goes() {
    let mut world = World::new();
    world.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: stray, labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}",
    );
    world.live(30);
    world.create(&WEB.replace("kind: Deployment", "kind: ReplicaSet"));
    world.live(30);
    assert_eq!(world.list("", "pods").len(), 4);
    let stray = world.get("", "pods", "stray");
    assert_eq!(meta::controller(&stray).map(|owner| owner.str_at(&["name"])), Some("web"));
    world.delete("", "pods", "stray", Propagation::Background);
    world.live(60);
    assert!(!world.names("", "pods").contains(&"stray".to_owned()));
    assert_eq!(world.ready(), 4);
}

#[test]
fn endpoints_follow_pods_that_are_ready() {
    let mut world = World::new();
    world.create("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}");
    world.create(WEB);
    world.live(60);
    let addresses = |world: &mut World| {
        let slices = world.list("discovery.k8s.io", "endpointslices");
        let of_web = slices
            .iter()
            .filter(|slice| meta::label(&slice.value, "kubernetes.io/service-name") == Some("web"));
        of_web
            .flat_map(|slice| slice.value.items_at(&["endpoints"]).to_vec())
            .filter(|endpoint| endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool) == Some(true))
            .count()
    };
    assert_eq!(addresses(&mut world), 4);
    world.edit("apps", "deployments", "web", &["spec", "replicas"], 1i64);
    world.live(60);
    assert_eq!(addresses(&mut world), 1);
}

#[test]
fn scheduler_names_every_reason_in_the_order_of_the_texts() {
    let mut world = World::new();
    world.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: picky}, spec: {nodeSelector: {disk: tape}, containers: [{name: a, image: nginx}]}}",
    );
    world.create("{apiVersion: v1, kind: Pod, metadata: {name: huge}, spec: {containers: [{name: a, image: nginx, resources: {requests: {cpu: '64'}}}]}}");
    world.live(5);
    assert_eq!(
        world.messages("picky"),
        [
            "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
        ]
    );
    let huge = world.messages("huge");
    assert!(
        huge[0].starts_with("0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu."),
        "{huge:?}"
    );
    // A node that comes to fit is found.
    world.edit("", "nodes", "sandbox-worker", &["metadata", "labels", "disk"], "tape");
    world.live(30);
    let picky = world.get("", "pods", "picky");
    assert_eq!(picky.str_at(&["spec", "nodeName"]), "sandbox-worker");
    assert_eq!(meta::label(&picky, "topology.kubernetes.io/region"), Some("sandbox"));
}

#[test]
fn claim_in_a_pod_s_volume_lives_with_the_pod() {
    let mut world = World::new();
    world.create(
        "
apiVersion: v1
kind: Pod
metadata: {name: scratch}
spec:
  containers: [{name: a, image: nginx, volumeMounts: [{name: disk, mountPath: /disk}]}]
  volumes:
  - name: disk
    ephemeral:
      volumeClaimTemplate:
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
",
    );
    world.live(30);
    assert_eq!(world.ready(), 1);
    let claim = world.get("", "persistentvolumeclaims", "scratch-disk");
    assert_eq!(claim.str_at(&["status", "phase"]), "Bound");
    world.delete("", "pods", "scratch", Propagation::Background);
    world.live(90);
    assert_eq!(world.names("", "persistentvolumeclaims").len(), 0);
}

#[test]
fn namespace_goes_with_all_that_is_in_it() {
    let mut world = World::new();
    world.create(WEB);
    world.live(60);
    world.delete("", "namespaces", "default", Propagation::Background);
    world.live(120);
    let id = world.cluster.collection("", "namespaces");
    assert!(world.cluster.store.get(id, "", "default").is_none());
    for (group, plural) in [("", "pods"), ("apps", "deployments"), ("", "events"), ("", "configmaps")] {
        assert_eq!(world.names(group, plural).len(), 0, "{plural}");
    }
}

#[test]
fn disruption_budget_counts_who_may_go() {
    let mut world = World::new();
    world.create("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}}");
    world.create(WEB);
    world.live(60);
    let budget = world.get("policy", "poddisruptionbudgets", "web");
    let counts = ["currentHealthy", "desiredHealthy", "disruptionsAllowed"].map(|field| budget.int_at(&["status", field]));
    assert_eq!(counts, [Some(4), Some(3), Some(1)]);
}

#[test]
fn quota_counts_what_is_there() {
    let mut world = World::new();
    world.create(
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: cap}, spec: {hard: {pods: '9', requests.cpu: '2', count/deployments.apps: '3', services.nodeports: '1'}}}",
    );
    world.create(&WEB.replace("'nginx:1.27'", "'nginx:1.27', resources: {requests: {cpu: 250m}}"));
    world.create(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}}",
    );
    world.live(60);
    let used = |world: &mut World| {
        let cap = world.get("", "resourcequotas", "cap");
        let kinds = ["pods", "requests.cpu", "count/deployments.apps", "services.nodeports"];
        kinds.map(|kind| cap.str_at(&["status", "used", kind]).to_owned())
    };
    assert_eq!(used(&mut world), ["4", "1", "1", "1"]);
    world.delete("apps", "deployments", "web", Propagation::Background);
    world.live(60);
    assert_eq!(used(&mut world), ["0", "0", "0", "1"]);
}

#[test]
fn autoscaler_of_pods_that_request_nothing_says_what_is_missing() {
    let mut world = World::new();
    world.create(WEB);
    world.create(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}}",
    );
    world.live(60);
    let web = world.get("autoscaling", "horizontalpodautoscalers", "web");
    assert_eq!(condition(&web, "ScalingActive"), "False");
    assert!(
        world
            .messages("web")
            .iter()
            .any(|message| message.contains("missing request for cpu in container web of Pod web-"))
    );
}

#[test]
fn a_cluster_is_at_rest_when_nothing_is_under_way_but_what_never_ends() {
    let at_rest = |world: &World| world.manager.is_at_rest(&world.cluster);
    let mut world = World::new();
    world.live(0);
    assert!(at_rest(&world));
    world.create(WEB);
    assert!(!at_rest(&world), "nobody has looked at it yet");
    world.live(0);
    assert!(!at_rest(&world), "images are being pulled");
    world.live(60);
    assert!(at_rest(&world));
    world.delete("apps", "deployments", "web", Propagation::Foreground);
    world.live(0);
    assert!(!at_rest(&world), "containers are being stopped");
    world.live(60);
    assert!(at_rest(&world));
    assert_eq!(world.names("", "pods"), [""; 0]);
    // Who tries for ever keeps nobody waiting.
    world.create("{apiVersion: v1, kind: Pod, metadata: {name: broken}, spec: {containers: [{name: a, image: 'nginx:does-not-exist'}]}}");
    world.live(5);
    assert!(at_rest(&world));
}
