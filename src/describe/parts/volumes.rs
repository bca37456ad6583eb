//! The sources of volumes: those of pods and those of persistent volumes, which differ in small things.

use super::{
    fields::{bracketed, entries, number, object, text, texts, truth},
    metadata::{LONGEST_ANNOTATION, cut},
    owned, quantities, references,
};
use crate::{
    api::Value,
    describe::writer::{Writer, put},
};

/// Writes a source's description and its plain fields, each with its title.
type Describe = fn(&mut Writer, &Value<'_>);

/// The sources of a pod's volume, in the order in which they are looked for.
const OF_PODS: &[(&str, Describe)] = &[
    ("hostPath", host_path),
    ("emptyDir", empty_dir),
    ("gcePersistentDisk", gce_persistent_disk),
    ("awsElasticBlockStore", aws_elastic_block_store),
    ("gitRepo", git_repo),
    ("secret", secret),
    ("configMap", config_map),
    ("nfs", nfs),
    ("iscsi", |w, source| iscsi(w, source, &references::local(source))),
    ("glusterfs", |w, source| glusterfs(w, source, false)),
    ("persistentVolumeClaim", persistent_volume_claim),
    ("ephemeral", ephemeral),
    ("rbd", |w, source| rbd(w, source, &references::local(source))),
    ("quobyte", quobyte),
    ("downwardAPI", downward_api),
    ("azureDisk", azure_disk),
    ("vsphereVolume", vsphere),
    ("cinder", |w, source| cinder(w, source, &references::local(source))),
    ("photonPersistentDisk", photon),
    ("portworxVolume", portworx),
    ("scaleIO", |w, source| scale_io(w, source, false)),
    ("cephfs", |w, source| ceph_fs(w, source, &references::local(source))),
    ("storageos", storage_os),
    ("fc", fibre_channel),
    ("azureFile", |w, source| azure_file(w, source, false)),
    ("flexVolume", |w, source| flex(w, source, &references::local(source))),
    ("flocker", flocker),
    ("projected", projected),
    ("csi", |w, source| csi(w, source, false)),
    ("image", image),
];

/// The sources of a persistent volume, in the order in which they are looked for.
const OF_PERSISTENT_VOLUMES: &[(&str, Describe)] = &[
    ("hostPath", host_path),
    ("gcePersistentDisk", gce_persistent_disk),
    ("awsElasticBlockStore", aws_elastic_block_store),
    ("nfs", nfs),
    ("iscsi", |w, source| iscsi(w, source, &references::secret(source))),
    ("glusterfs", |w, source| glusterfs(w, source, true)),
    ("rbd", |w, source| rbd(w, source, &references::secret(source))),
    ("quobyte", quobyte),
    ("vsphereVolume", vsphere),
    ("cinder", |w, source| cinder(w, source, &references::secret(source))),
    ("azureDisk", azure_disk),
    ("photonPersistentDisk", photon),
    ("portworxVolume", portworx),
    ("scaleIO", |w, source| scale_io(w, source, true)),
    ("local", local),
    ("cephfs", |w, source| ceph_fs(w, source, &references::secret(source))),
    ("storageos", storage_os),
    ("fc", fibre_channel),
    ("azureFile", |w, source| azure_file(w, source, true)),
    ("flexVolume", |w, source| flex(w, source, &references::secret(source))),
    ("flocker", flocker),
    ("csi", |w, source| csi(w, source, true)),
];

/// Writes the volumes of a pod or a pod template; `indent` is what stands before a template's titles.
pub fn volumes(w: &mut Writer, volumes: &[Value<'_>], indent: &str) {
    if volumes.is_empty() {
        return put!(w, 0, "{indent}Volumes:\t<none>\n");
    }
    put!(w, 0, "{indent}Volumes:\n");
    let before_name = if indent.is_empty() { "" } else { " " };
    for volume in volumes {
        put!(w, 1, "{before_name}{}:\n", volume.str_at(&["name"]));
        source(w, volume, OF_PODS);
    }
}

/// Writes the source in a persistent volume's specification.
pub fn persistent_source(w: &mut Writer, spec: &Value<'_>) {
    source(w, spec, OF_PERSISTENT_VOLUMES);
}

fn source(w: &mut Writer, holder: &Value<'_>, sources: &[(&str, Describe)]) {
    let found = sources
        .iter()
        .find_map(|(field, describe)| Some((object(holder, &[field])?, describe)));
    match found {
        Some((source, describe)) => describe(w, source),
        None => put!(w, 1, "<unknown>\n"),
    }
}

/// Writes what kind of source it is.
fn kind(w: &mut Writer, kind: &str) {
    put!(w, 2, "Type:\t{kind}\n");
}

/// Writes a field's value behind its title.
fn field(w: &mut Writer, title: &str, value: impl std::fmt::Display) {
    put!(w, 2, "{title}:\t{value}\n");
}

/// Writes fields of text, each behind its title.
fn text_fields(w: &mut Writer, source: &Value<'_>, fields: &[(&str, &str)]) {
    for (title, name) in fields {
        field(w, title, source.str_at(&[name]));
    }
}

fn read_only(w: &mut Writer, source: &Value<'_>) {
    field(w, "ReadOnly", truth(source, &["readOnly"]));
}

fn optional(w: &mut Writer, source: &Value<'_>) {
    field(w, "Optional", truth(source, &["optional"]));
}

fn host_path(w: &mut Writer, source: &Value<'_>) {
    kind(w, "HostPath (bare host directory volume)");
    text_fields(w, source, &[("Path", "path")]);
    field(w, "HostPathType", text(source, &["type"]).unwrap_or("<none>"));
}

fn empty_dir(w: &mut Writer, source: &Value<'_>) {
    kind(w, "EmptyDir (a temporary directory that shares a pod's lifetime)");
    text_fields(w, source, &[("Medium", "medium")]);
    field(
        w,
        "SizeLimit",
        quantities::positive(source.at(&["sizeLimit"])).unwrap_or("<unset>".to_owned()),
    );
}

fn gce_persistent_disk(w: &mut Writer, source: &Value<'_>) {
    kind(w, "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)");
    text_fields(w, source, &[("PDName", "pdName"), ("FSType", "fsType")]);
    field(w, "Partition", number(source, &["partition"]));
    read_only(w, source);
}

fn aws_elastic_block_store(w: &mut Writer, source: &Value<'_>) {
    kind(w, "AWSElasticBlockStore (a Persistent Disk resource in AWS)");
    text_fields(w, source, &[("VolumeID", "volumeID"), ("FSType", "fsType")]);
    field(w, "Partition", number(source, &["partition"]));
    read_only(w, source);
}

fn git_repo(w: &mut Writer, source: &Value<'_>) {
    kind(w, "GitRepo (a volume that is pulled from git when the pod is created)");
    text_fields(w, source, &[("Repository", "repository"), ("Revision", "revision")]);
}

fn secret(w: &mut Writer, source: &Value<'_>) {
    kind(w, "Secret (a volume populated by a Secret)");
    text_fields(w, source, &[("SecretName", "secretName")]);
    optional(w, source);
}

fn config_map(w: &mut Writer, source: &Value<'_>) {
    kind(w, "ConfigMap (a volume populated by a ConfigMap)");
    text_fields(w, source, &[("Name", "name")]);
    optional(w, source);
}

fn nfs(w: &mut Writer, source: &Value<'_>) {
    kind(w, "NFS (an NFS mount that lasts the lifetime of a pod)");
    text_fields(w, source, &[("Server", "server"), ("Path", "path")]);
    read_only(w, source);
}

fn iscsi(w: &mut Writer, source: &Value<'_>, secret: &str) {
    kind(
        w,
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    );
    text_fields(w, source, &[("TargetPortal", "targetPortal"), ("IQN", "iqn")]);
    field(w, "Lun", number(source, &["lun"]));
    // kubectl forgets this one's colon.
    put!(w, 2, "ISCSIInterface\t{}\n", source.str_at(&["iscsiInterface"]));
    text_fields(w, source, &[("FSType", "fsType")]);
    read_only(w, source);
    field(w, "Portals", bracketed(&texts(source, &["portals"])));
    field(w, "DiscoveryCHAPAuth", truth(source, &["chapAuthDiscovery"]));
    field(w, "SessionCHAPAuth", truth(source, &["chapAuthSession"]));
    field(w, "SecretRef", secret);
    field(w, "InitiatorName", text(source, &["initiatorName"]).unwrap_or("<none>"));
}

fn glusterfs(w: &mut Writer, source: &Value<'_>, persistent: bool) {
    kind(w, "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)");
    text_fields(w, source, &[("EndpointsName", "endpoints")]);
    if persistent {
        field(w, "EndpointsNamespace", text(source, &["endpointsNamespace"]).unwrap_or("<unset>"));
    }
    text_fields(w, source, &[("Path", "path")]);
    read_only(w, source);
}

fn persistent_volume_claim(w: &mut Writer, source: &Value<'_>) {
    kind(
        w,
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    );
    text_fields(w, source, &[("ClaimName", "claimName")]);
    read_only(w, source);
}

fn ephemeral(w: &mut Writer, source: &Value<'_>) {
    kind(
        w,
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
    );
    if let Some(template) = object(source, &["volumeClaimTemplate"]) {
        w.nested(2, |w| owned::claim(w, template));
    }
}

fn rbd(w: &mut Writer, source: &Value<'_>, secret: &str) {
    kind(w, "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)");
    field(w, "CephMonitors", bracketed(&texts(source, &["monitors"])));
    let fields = [
        ("RBDImage", "image"),
        ("FSType", "fsType"),
        ("RBDPool", "pool"),
        ("RadosUser", "user"),
        ("Keyring", "keyring"),
    ];
    text_fields(w, source, &fields);
    field(w, "SecretRef", secret);
    read_only(w, source);
}

fn quobyte(w: &mut Writer, source: &Value<'_>) {
    kind(w, "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)");
    text_fields(w, source, &[("Registry", "registry"), ("Volume", "volume")]);
    read_only(w, source);
}

fn downward_api(w: &mut Writer, source: &Value<'_>) {
    kind(w, "DownwardAPI (a volume populated by information about the pod)");
    put!(w, 2, "Items:\n");
    for item in source.items_at(&["items"]) {
        let path = item.str_at(&["path"]);
        if let Some(reference) = object(item, &["fieldRef"]) {
            put!(w, 3, "{} -> {path}\n", reference.str_at(&["fieldPath"]));
        }
        if let Some(reference) = object(item, &["resourceFieldRef"]) {
            put!(w, 3, "{} -> {path}\n", reference.str_at(&["resource"]));
        }
    }
}

fn azure_disk(w: &mut Writer, source: &Value<'_>) {
    kind(w, "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)");
    text_fields(w, source, &[("DiskName", "diskName"), ("DiskURI", "diskURI")]);
    // The space is kubectl's.
    put!(w, 2, "Kind: \t{}\n", source.str_at(&["kind"]));
    text_fields(w, source, &[("FSType", "fsType"), ("CachingMode", "cachingMode")]);
    read_only(w, source);
}

fn vsphere(w: &mut Writer, source: &Value<'_>) {
    kind(w, "vSphereVolume (a Persistent Disk resource in vSphere)");
    let fields = [
        ("VolumePath", "volumePath"),
        ("FSType", "fsType"),
        ("StoragePolicyName", "storagePolicyName"),
    ];
    text_fields(w, source, &fields);
}

fn cinder(w: &mut Writer, source: &Value<'_>, secret: &str) {
    kind(w, "Cinder (a Persistent Disk resource in OpenStack)");
    text_fields(w, source, &[("VolumeID", "volumeID"), ("FSType", "fsType")]);
    read_only(w, source);
    field(w, "SecretRef", secret);
}

fn photon(w: &mut Writer, source: &Value<'_>) {
    kind(w, "PhotonPersistentDisk (a Persistent Disk resource in photon platform)");
    text_fields(w, source, &[("PdID", "pdID"), ("FSType", "fsType")]);
}

fn portworx(w: &mut Writer, source: &Value<'_>) {
    kind(w, "PortworxVolume (a Portworx Volume resource)");
    text_fields(w, source, &[("VolumeID", "volumeID")]);
}

fn scale_io(w: &mut Writer, source: &Value<'_>, persistent: bool) {
    kind(w, "ScaleIO (a persistent volume backed by a block device in ScaleIO)");
    let fields = [
        ("Gateway", "gateway"),
        ("System", "system"),
        ("Protection Domain", "protectionDomain"),
        ("Storage Pool", "storagePool"),
        ("Storage Mode", "storageMode"),
        ("VolumeName", "volumeName"),
    ];
    text_fields(w, source, &fields);
    if persistent {
        field(w, "SecretName", source.str_at(&["secretRef", "name"]));
        field(w, "SecretNamespace", source.str_at(&["secretRef", "namespace"]));
    }
    text_fields(w, source, &[("FSType", "fsType")]);
    read_only(w, source);
}

fn local(w: &mut Writer, source: &Value<'_>) {
    kind(w, "LocalVolume (a persistent volume backed by local storage on a node)");
    text_fields(w, source, &[("Path", "path")]);
}

fn ceph_fs(w: &mut Writer, source: &Value<'_>, secret: &str) {
    kind(w, "CephFS (a CephFS mount on the host that shares a pod's lifetime)");
    field(w, "Monitors", bracketed(&texts(source, &["monitors"])));
    text_fields(w, source, &[("Path", "path"), ("User", "user"), ("SecretFile", "secretFile")]);
    field(w, "SecretRef", secret);
    read_only(w, source);
}

fn storage_os(w: &mut Writer, source: &Value<'_>) {
    kind(w, "StorageOS (a StorageOS Persistent Disk resource)");
    let fields = [
        ("VolumeName", "volumeName"),
        ("VolumeNamespace", "volumeNamespace"),
        ("FSType", "fsType"),
    ];
    text_fields(w, source, &fields);
    read_only(w, source);
}

fn fibre_channel(w: &mut Writer, source: &Value<'_>) {
    kind(w, "FC (a Fibre Channel disk)");
    field(w, "TargetWWNs", texts(source, &["targetWWNs"]).join(", "));
    field(w, "LUN", source.int_at(&["lun"]).map_or("<none>".to_owned(), |lun| lun.to_string()));
    text_fields(w, source, &[("FSType", "fsType")]);
    read_only(w, source);
}

fn azure_file(w: &mut Writer, source: &Value<'_>, persistent: bool) {
    kind(w, "AzureFile (an Azure File Service mount on the host and bind mount to the pod)");
    text_fields(w, source, &[("SecretName", "secretName")]);
    if persistent {
        text_fields(w, source, &[("SecretNamespace", "secretNamespace")]);
    }
    text_fields(w, source, &[("ShareName", "shareName")]);
    read_only(w, source);
}

fn flex(w: &mut Writer, source: &Value<'_>, secret: &str) {
    kind(
        w,
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
    );
    text_fields(w, source, &[("Driver", "driver"), ("FSType", "fsType")]);
    field(w, "SecretRef", secret);
    read_only(w, source);
    let options: Vec<String> = entries(source, &["options"])
        .iter()
        .map(|(key, value)| format!("{key}:{value}"))
        .collect();
    field(w, "Options", format_args!("map[{}]", options.join(" ")));
}

fn flocker(w: &mut Writer, source: &Value<'_>) {
    kind(w, "Flocker (a Flocker volume mounted by the Flocker agent)");
    text_fields(w, source, &[("DatasetName", "datasetName"), ("DatasetUUID", "datasetUUID")]);
}

fn projected(w: &mut Writer, source: &Value<'_>) {
    kind(w, "Projected (a volume that contains injected data from multiple sources)");
    for part in source.items_at(&["sources"]) {
        if let Some(secret) = object(part, &["secret"]) {
            text_fields(w, secret, &[("SecretName", "name")]);
            optional(w, secret);
        } else if object(part, &["downwardAPI"]).is_some() {
            field(w, "DownwardAPI", true);
        } else if let Some(config_map) = object(part, &["configMap"]) {
            text_fields(w, config_map, &[("ConfigMapName", "name")]);
            optional(w, config_map);
        } else if let Some(token) = object(part, &["serviceAccountToken"]) {
            field(w, "TokenExpirationSeconds", number(token, &["expirationSeconds"]));
        }
    }
}

fn csi(w: &mut Writer, source: &Value<'_>, persistent: bool) {
    kind(w, "CSI (a Container Storage Interface (CSI) volume source)");
    text_fields(w, source, &[("Driver", "driver"), ("FSType", "fsType")]);
    if persistent {
        text_fields(w, source, &[("VolumeHandle", "volumeHandle")]);
    }
    read_only(w, source);
    put!(w, 2, "VolumeAttributes:\t");
    let attributes = entries(source, &["volumeAttributes"]);
    if attributes.is_empty() {
        return w.line("<none>");
    }
    for (at, (key, value)) in attributes.iter().enumerate() {
        if at > 0 {
            // Two pieces, each with its level: the column is wider than it need be.
            put!(w, 2, "");
            put!(w, 2, "\t");
        }
        cut(w, 2, "", &format!("{key}={value}"), LONGEST_ANNOTATION);
    }
}

fn image(w: &mut Writer, source: &Value<'_>) {
    kind(w, "Image (a container image or OCI artifact)");
    text_fields(w, source, &[("Reference", "reference"), ("PullPolicy", "pullPolicy")]);
}
