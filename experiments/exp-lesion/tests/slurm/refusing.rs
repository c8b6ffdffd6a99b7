//! `submit.sh` on a Slurm that refuses one of its jobs: nothing of the submission is left. The Slurm is one of scripts that
//! write down what they are asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::PROGRAM;
use crate::cluster::repository;

/// Counts its calls, prints a job id for each, and refuses the one whose number stands in a file.
const SBATCH: &str = r#"#!/bin/bash
here=$(dirname "$0")
echo "$*" >> "$here/submitted"
number=$(wc -l < "$here/submitted")
if [ "$number" = "$(cat "$here/refused")" ]; then
  echo "sbatch: error: Batch job submission failed: not today" >&2
  exit 7
fi
echo "$((500 + number));here"
"#;
const SCANCEL: &str = "#!/bin/bash\necho \"$*\" >> \"$(dirname \"$0\")/cancelled\"\n";
const SCONTROL: &str = "#!/bin/bash\necho 'MaxArraySize            = 11'\n";

fn script(place: &Path, name: &str, text: &str) {
    let path = place.join(name);
    fs::write(&path, text).expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
}

/// A submission of which job number `refused` is refused; what it said, and what was cancelled.
fn submission(refused: usize, shards: &str, scancel: &str) -> (Output, String) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let bin = place.path().join("bin");
    fs::create_dir(&bin).expect("writable");
    [("sbatch", SBATCH), ("scancel", scancel), ("scontrol", SCONTROL)]
        .into_iter()
        .for_each(|(name, text)| script(&bin, name, text));
    fs::write(bin.join("refused"), refused.to_string()).expect("writable");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("set"));
    let mut command = Command::new(repository().join("cluster/submit.sh"));
    command.args(["--shards", shards, "--out"]).arg(place.path().join("run")).arg(PROGRAM).env("PATH", path);
    let output = command.output().expect("it starts");
    (output, fs::read_to_string(bin.join("cancelled")).unwrap_or_default())
}

fn check(refused: usize, shards: &str, cancelled: &str, parts: &[&str]) -> String {
    let (output, found) = submission(refused, shards, SCANCEL);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(found, cancelled, "{message}");
    parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
    message
}

#[test]
fn what_was_submitted_before_a_refusal_is_cancelled_and_named() {
    let refusal = "sbatch: error: Batch job submission failed: not today";
    let alone = check(1, "4", "", &[refusal]);
    assert!(!alone.contains("cancelled"), "{alone}");
    let small = check(2, "4", "501\n", &[refusal, "cancelled: 501"]);
    assert!(!small.contains("MaxArraySize"), "4 tasks are allowed: {small}");
    check(2, "12", "501\n", &[refusal, "at most 11 tasks (MaxArraySize)", "--shards 11"]);
    check(3, "4", "501 502\n", &[refusal, "cancelled: 501 502"]);
}

#[test]
fn a_submission_that_nothing_refuses_is_left_alone() {
    let (output, cancelled) = submission(0, "4", SCANCEL);
    assert!(output.status.success() && cancelled.is_empty(), "{output:?} {cancelled}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("plan    501\nshards  502  --array=0-3\nmerge   503\n"), "{said}");
}

#[test]
fn what_cannot_be_cancelled_is_named_too() {
    let (output, _) = submission(3, "4", "#!/bin/sh\nexit 1\n");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("do it: scancel 501 502"), "{message}");
}
