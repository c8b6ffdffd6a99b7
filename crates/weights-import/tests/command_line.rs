//! The program as a user meets it: what it prints and its exit status.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use vgg_core::{ChannelOrder, Filter, Preprocessing, Resize, weights};

use support::{fixture, variant};

/// Runs the program; gives exit status, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("weights-import").unwrap().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn check_fails(status: i32, arguments: &[&str], parts: &[&str]) {
    let (found, _, error) = run(arguments);
    assert_eq!(found, status, "{error}");
    for part in parts {
        assert!(error.contains(part), "\"{part}\" is not in: {error}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn converted(folder: &Path, name: &str, extra: &[&str]) -> PathBuf {
    let (input, output) = (fixture(name), folder.join("models/converted.bpk"));
    let told = ["convert", text(&input), "-o", text(&output), "--preprocessing", "torchvision"];
    let (status, _, error) = run(&[&told, extra].concat());
    assert_eq!(status, 0, "{error}");
    output
}

#[test]
fn convert_writes_what_load_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (fixture("zoo_opset7.onnx"), folder.path().join("models/vgg.bpk"));
    let arguments = ["convert", text(&input), "-o", text(&output), "--preprocessing", "torchvision"];
    let (status, told, _) = run(&arguments);
    assert_eq!(status, 0);
    assert!(told.contains("vgg16-custom: 64×64 pictures, 5 classes"), "{told}");
    assert!(told.contains("weights in 32 tensors") && told.contains("preprocessing torchvision: "), "{told}");
    let checkpoint = weights::load(&output).unwrap();
    assert_eq!(checkpoint.preprocessing, Preprocessing::torchvision(64));
    assert_eq!(checkpoint.architecture.site_names().len(), 13);
    assert_eq!(std::fs::read_dir(output.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_bad_file_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("vgg.bpk");
    let twice = variant("two_networks.pth");
    check_fails(1, &["convert", text(&twice), "-o", text(&output)], &["error: ", "Say which with --prefix"]);
    check_fails(1, &["convert", text(&fixture("keras.onnx")), "-o", text(&output)], &["--preprocessing caffe"]);
    assert!(!output.exists());
    check_fails(1, &["convert", text(&fixture("keras.onnx")), "-o", "vgg.onnx"], &["must end in .bpk"]);
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    check_fails(2, &[], &["Usage"]);
    check_fails(2, &["convert", "vgg16.onnx"], &["--output"]);
    check_fails(
        2,
        &["convert", "a.onnx", "-o", "a.bpk", "--preprocessing", "keras"],
        &["auto, torchvision, caffe, caffe-rgb, efficientnet-lite, emonet or emonet-pytorch"],
    );
    check_fails(2, &["convert", "a.pth", "-o", "a.bpk", "--mean-image", "m.txt"], &["--preprocessing <WHICH>"]);
    check_fails(2, &["verify-emonet", "a.bpk"], &["--pictures <FOLDER>"]);
    let numbers = ["convert", "a.pth", "-o", "a.bpk", "--mean", ".5,.5,.5"];
    check_fails(2, &numbers, &["--sd <R,G,B>", "--order <rgb|bgr>", "--scale <1|255>"]);
    check_fails(2, &[&numbers[..4], &["--sd", "1,1,1"]].concat(), &["--mean <R,G,B>"]);
    let rest = ["--sd", "1,1,1", "--order", "rgb", "--scale", "1"];
    check_fails(2, &[&numbers[..], &rest, &["--preprocessing", "caffe"]].concat(), &["cannot be used with"]);
    check_fails(2, &[&numbers[..5], &[".5,.5"]].concat(), &["expected three numbers, such as 0.5,0.5,0.5"]);
    check_fails(2, &[&numbers[..4], &["--resize", "longer"]].concat(), &["expected shorter or squash or none"]);
    check_fails(2, &["check", "vgg16.bpk"], &["--picture", "--input"]);
    check_fails(2, &["check", "a.bpk", "--input", "a.npy", "--tolerance", "-1"], &["not negative"]);
    check_fails(2, &["fetch"], &["NAME"]);
    check_fails(1, &["fetch", "vgg99"], &["no file is called \"vgg99\"; known are torchvision-vgg16, zoo-vgg16-7"]);
    check_fails(1, &["show", "absent.bpk"], &["absent.bpk"]);
}

#[test]
fn show_describes_weights() {
    let folder = tempfile::tempdir().unwrap();
    let output = converted(folder.path(), "torchvision.pth", &[]);
    let (status, told, _) = run(&["show", text(&output)]);
    assert_eq!(status, 0);
    let parts =
        ["vgg16-custom", "relu7: 7 values", "torchvision.pth (pytorch)", "shorter side 73 (bilinear), centre crop 64"];
    for part in parts {
        assert!(told.contains(part), "\"{part}\" is not in: {told}");
    }
    assert!(told.contains(&weights::file_sha256(&output).unwrap()), "{told}");
    let row = told.lines().find(|line| line.starts_with("conv5_3 ")).unwrap();
    assert_eq!(row.split_whitespace().take(4).collect::<Vec<_>>(), ["conv5_3", "relu5_3", "6", "4×4"]);
    assert!(!told.contains("relu6 ") && !told.contains("conv5_3.weight"), "{told}");
    let (_, told, _) = run(&["show", text(&output), "--all", "--tensors"]);
    assert!(told.lines().any(|line| line.starts_with("relu6 ")), "{told}");
    assert!(told.lines().any(|line| line.starts_with("conv5_3.weight") && line.contains("[6, 6, 3, 3]")), "{told}");
}

#[test]
fn show_describes_files_of_other_programs() {
    let (status, told, _) = run(&["show", text(&fixture("keras.onnx"))]);
    assert_eq!(status, 0);
    assert!(told.contains("conv5_3") && told.contains("the preprocessing is unknown"), "{told}");
}

#[test]
fn convert_reads_the_network_that_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (variant("average.pth.tar"), folder.path().join("vgg.bpk"));
    let arguments = ["convert", text(&input), "-o", text(&output), "--preprocessing", "torchvision"];
    let (status, told, _) = run(&arguments);
    assert_eq!((status, told.contains("the file also holds \"state_dict_ema\"")), (0, true), "{told}");
    let whole = weights::load(&output).unwrap();
    let (status, told, _) = run(&[&arguments[..], &["--prefix", "state_dict_ema"]].concat());
    assert_eq!((status, told.contains("also holds")), (0, false), "{told}");
    let fc8 = |checkpoint: &vgg_core::Checkpoint| {
        let id = checkpoint.architecture.graph().find("fc8").unwrap();
        checkpoint.weights.of(id).unwrap().kernel.clone()
    };
    let half: Vec<f32> = fc8(&whole).iter().map(|weight| weight * 0.5).collect();
    assert_eq!(fc8(&weights::load(&output).unwrap()), half);
    check_fails(
        1,
        &[&arguments[..], &["--prefix", "ema"]].concat(),
        &[
            "--prefix: expected the beginning of a tensor's name instead of \"ema\", found optimizer, state_dict, state_dict_ema",
        ],
    );
}

#[test]
fn convert_takes_the_numbers_and_sizes_of_a_preprocessing() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (fixture("torchvision.pth"), folder.path().join("vgg.bpk"));
    let convert = ["convert", text(&input), "-o", text(&output)];
    let numbers = ["--mean", "127,127,126", "--sd", "128,128,127", "--order", "bgr", "--scale", "255"];
    let sizes = ["--resize", "squash", "--size", "70", "--filter", "bicubic", "--crop", "64"];
    let (status, told, error) = run(&[&convert[..], &numbers, &sizes].concat());
    assert_eq!(status, 0, "{error}");
    assert!(told.contains("BGR from 0 to 255, − [126.0, 127.0, 127.0], ÷ [127.0, 128.0, 128.0]: as asked"), "{told}");
    let expected = Preprocessing {
        shorter_side: 70,
        resize: Resize::Squash,
        filter: Filter::Bicubic,
        order: ChannelOrder::Bgr,
        scale: 1.0,
        mean: [126.0, 127.0, 127.0],
        sd: [127.0, 128.0, 128.0],
        ..Preprocessing::torchvision(64)
    };
    assert_eq!(weights::load(&output).unwrap().preprocessing, expected);
    let told = [&convert[..], &["--preprocessing", "torchvision"]].concat();
    check_fails(
        1,
        &[&told[..], &["--size", "63"]].concat(),
        &["--size: expected at least 64, the side of the network's"],
    );
    check_fails(
        1,
        &[&told[..], &["--resize", "none", "--filter", "nearest"]].concat(),
        &["--filter: expected no filter"],
    );
    check_fails(1, &[&told[..], &["--crop", "96"]].concat(), &["expected 6 × 3×3 inputs for pictures of 96×96"]);
    let wrong = ["--mean", ".5,.5,.5", "--sd", ".2,.2,.2", "--order", "rgb", "--scale", "255"];
    check_fails(1, &[&convert[..], &wrong].concat(), &["--mean: expected a mean colour of values from 0 to 255"]);
}

/// Runs the program while nobody reads what it prints.
#[cfg(unix)]
fn run_unread(arguments: &[&str]) -> (i32, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_weights-import"));
    let output = command.args(arguments).stdout(writer).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (fixture("timm.safetensors"), folder.path().join("vgg.bpk"));
    let convert = ["convert", text(&input), "-o", text(&output), "--preprocessing", "torchvision"];
    for arguments in [
        &convert[..],
        &["show", text(&output)],
        &["show", text(&input)],
        &["fetch", "--list"],
        &["--help"],
        &["--version"],
    ] {
        assert_eq!(run_unread(arguments), (0, String::new()), "{arguments:?}");
    }
    assert!(weights::load(&output).is_ok(), "the file is written though nobody listens");
    let refused = fixture("keras.onnx");
    let (status, error) = run_unread(&["convert", text(&refused), "-o", text(&output)]);
    assert!(status == 1 && error.starts_with("error: "), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_error() {
    for arguments in [&["fetch", "--list"][..], &["show", text(&fixture("keras.onnx"))], &["--help"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_weights-import"));
        let output = command.args(arguments).stdout(full).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{arguments:?}: {error}");
        assert!(error.starts_with("error: standard output: No space left on device"), "{error}");
    }
}

#[test]
fn fetch_lists_what_it_knows() {
    let (status, told, _) = run(&["fetch", "--list"]);
    assert_eq!(status, 0);
    assert!(told.contains("torchvision-vgg16") && told.contains("397923af8e79cdbb"), "{told}");
}

#[test]
fn check_compares_scores_with_onnx_runtimes() {
    let folder = tempfile::tempdir().unwrap();
    let weights = converted(folder.path(), "torchscript_32.onnx", &[]);
    for kind in ["npy", "pb"] {
        let (input, expected) = (fixture(&format!("input_32.{kind}")), fixture(&format!("output_32.{kind}")));
        let (input, expected) = (text(&input), text(&expected));
        // Scores of this network reach 10; float32 leaves some 1e-6 of that after sixteen layers.
        let arguments = ["check", text(&weights), "--input", input, "--expected", expected, "--device", "cpu"];
        let (status, told, error) = run(&[&arguments[..], &["--tolerance", "1e-4"]].concat());
        assert_eq!(status, 0, "{error}");
        assert!(told.contains("picture 0") && told.contains("is within the tolerance"), "{told}");
        check_fails(1, &[&arguments[..], &["--tolerance", "0"]].concat(), &["is above the tolerance"]);
    }
}

#[test]
fn check_refuses_pictures_of_another_size() {
    let folder = tempfile::tempdir().unwrap();
    let weights = converted(folder.path(), "torchscript.onnx", &[]);
    let input = fixture("input_32.npy");
    let arguments = ["check", text(&weights), "--input", text(&input), "--device", "cpu"];
    check_fails(1, &arguments, &["these weights take pictures of 64×64, not of 32×32"]);
}

#[test]
fn check_runs_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.bmp");
    std::fs::write(&picture, bitmap(40, 30)).unwrap();
    let names = folder.path().join("classes.txt");
    std::fs::write(&names, "ant\nbee\ncat\ndog\neel\n").unwrap();
    let weights = converted(folder.path(), "torchvision.safetensors", &["--classes", text(&names)]);
    let (status, told, error) = run(&["check", text(&weights), "--picture", text(&picture), "--device", "cpu"]);
    assert_eq!(status, 0, "{error}");
    assert!(["ant", "bee", "cat", "dog", "eel"].iter().all(|name| told.contains(name)), "{told}");
}

#[test]
fn check_of_convolutions_compares_the_pooled_maps() {
    let folder = tempfile::tempdir().unwrap();
    let weights = converted(folder.path(), "keras_notop.onnx", &[]);
    let picture = folder.path().join("picture.bmp");
    std::fs::write(&picture, bitmap(80, 70)).unwrap();
    let (status, told, error) = run(&["check", text(&weights), "--picture", text(&picture), "--device", "cpu"]);
    assert_eq!(status, 0, "{error}");
    assert!(told.contains("what is compared is flatten, 24 values a picture"), "{told}");
}

/// An uncompressed 24-bit picture with a gradient; its width is a multiple of four, so rows need no padding.
fn bitmap(width: u32, height: u32) -> Vec<u8> {
    let size = 54 + width * height * 3;
    let mut bytes = b"BM".to_vec();
    for field in [size, 0, 54, 40, width, height] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes.extend((0..width * height).flat_map(|i| [(i % 251) as u8, (i % width) as u8, (i / width) as u8]));
    bytes
}
