//! The Deployment's arguments are ones that the program takes.

use crate::support::{cases, one, path, render, render_chart};
use clap::{CommandFactory as _, Parser as _};
use orgkeeper::cli::Cli;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Flags without a value of their own: where it runs is told by the pod, and it is not started by a
/// program that could end.
const WITHOUT_VALUE: [&str; 3] = ["kubeconfig", "namespace", "exit-with-stdin"];

fn deployment(case: &str) -> Value {
    let name = if case == "external_crds" { "orgkeeper-finance" } else { "orgkeeper" };
    one(&render(case), &format!("Deployment orgkeeper-system/{name}"))
}

fn args(deployment: &Value) -> Vec<String> {
    let args = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
    args.as_array().unwrap().iter().map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

fn parsed(args: &[String]) -> Cli {
    let args = ["orgkeeper".to_owned()].into_iter().chain(args.iter().cloned());
    Cli::try_parse_from(args).unwrap_or_else(|error| panic!("{error}"))
}

/// The names of the flags in the arguments.
fn names(args: &[String]) -> BTreeSet<String> {
    args.iter().filter_map(|arg| arg.strip_prefix("--")?.split('=').next().map(str::to_owned)).collect()
}

#[test]
fn the_program_takes_the_arguments_of_every_case() {
    for case in cases().into_keys() {
        let args = args(&deployment(&case));
        assert_eq!(args[0], "run");
        parsed(&args);
    }
}

#[test]
fn the_program_itself_lists_every_flag() {
    let help = Command::new(env!("CARGO_BIN_EXE_orgkeeper")).args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed: BTreeSet<&str> = help.split_whitespace().filter_map(|word| word.strip_prefix("--")).collect();
    for name in names(&args(&deployment("everything"))) {
        assert!(listed.contains(name.as_str()), "--{name}");
    }
}

#[test]
fn every_flag_has_a_value() {
    let rendered = names(&args(&deployment("everything")));
    let command = Cli::command();
    let run = command.find_subcommand("run").unwrap();
    for flag in run.get_arguments().filter_map(clap::Arg::get_long) {
        let known = rendered.contains(flag) || WITHOUT_VALUE.contains(&flag) || flag == "help";
        assert!(known, "--{flag} can be set by no value of the chart, or the case `everything` lacks it");
    }
}

#[test]
fn with_nothing_set_it_runs_as_without_arguments_but_logs_for_machines() {
    let bare = ["run", "--log-format=json"].map(str::to_owned);
    let chart = args(&deployment("default"));
    assert_eq!(format!("{:?}", parsed(&chart)), format!("{:?}", parsed(&bare)));
}

/// An argument that is given twice is refused: so extraArgs cannot contradict a value unseen.
#[test]
fn more_arguments_come_last_and_contradict_nothing() {
    let more = ["--set", "extraArgs={--settle=2m}", "--set", "config.settle=1m"];
    let rendered = render_chart(&path("charts/orgkeeper"), &more).unwrap();
    let args = args(&one(&rendered, "Deployment orgkeeper-system/orgkeeper"));
    assert_eq!(args.last().unwrap(), "--settle=2m");
    let args = ["orgkeeper".to_owned()].into_iter().chain(args);
    let refused = Cli::try_parse_from(args).unwrap_err().to_string();
    assert!(refused.contains("cannot be used multiple times"), "{refused}");
}

#[test]
fn the_pod_leaves_it_the_time_that_it_takes_to_stop() {
    for case in cases().into_keys() {
        let pod = &deployment(&case)["spec"]["template"]["spec"];
        assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() >= 30, "{case}");
    }
}

#[test]
fn the_pod_is_restricted() {
    for case in cases().into_keys() {
        let pod = &deployment(&case)["spec"]["template"]["spec"];
        let container = &pod["containers"][0]["securityContext"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{case}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{case}");
        assert_eq!(container["allowPrivilegeEscalation"], false, "{case}");
        assert_eq!(container["readOnlyRootFilesystem"], true, "{case}");
        assert_eq!(container["capabilities"]["drop"], serde_json::json!(["ALL"]), "{case}");
    }
}
