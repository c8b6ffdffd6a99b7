//! What is written is read, and what is damaged or changed is refused.

use super::*;
use crate::random;

fn saved(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("tiny.bpk");
    save(random::he_initialised(&Architecture::tiny(), 1), &path).expect("a writable folder");
    path
}

fn check_refused(path: &Path, message: &str) {
    let error = load(path).expect_err("a bad file").to_string();
    assert!(error.contains(message) && error.contains("tiny.bpk"), "{error}");
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = saved(folder.path());
    let (loaded, original) = (load(&path).expect("just saved"), random::he_initialised(&Architecture::tiny(), 1));
    assert_eq!(loaded, original);
}

#[test]
fn a_truncated_file_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = saved(folder.path());
    let bytes = std::fs::read(&path).expect("just saved");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("a writable folder");
    check_refused(&path, "truncated");
}

#[test]
fn another_file_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.bpk");
    std::fs::write(&path, "these are not weights").expect("a writable folder");
    check_refused(&path, "magic");
    Writer::new(vec![]).write_to_file(&path).expect("a writable folder");
    check_refused(&path, "weights-import convert");
    Writer::new(vec![]).with_metadata("format", FIRST_FORMAT).write_to_file(&path).expect("a writable folder");
    check_refused(&path, "convert the file that these weights came from again");
}

/// Writes a file whose preprocessing another program has changed; the tensors fit.
fn check_preprocessing(change: impl FnOnce(&mut Preprocessing), message: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.bpk");
    let mut checkpoint = random::he_initialised(&Architecture::tiny(), 1);
    change(&mut checkpoint.preprocessing);
    writer(checkpoint, |_| {}).write_to_file(&path).expect("a writable folder");
    check_refused(&path, message);
}

#[test]
fn a_preprocessing_that_the_network_cannot_take_is_refused() {
    let side = Architecture::tiny().input_side() as u32;
    let cut = |crop: u32| move |prepared: &mut Preprocessing| (prepared.crop, prepared.shorter_side) = (crop, crop);
    let message = |crop: u32| {
        format!(
            "preprocessing: expected a crop of {side}×{side} pixels, which is what the network takes, found a crop \
             of {crop}×{crop}"
        )
    };
    check_preprocessing(cut(side + 3), &message(side + 3));
    check_preprocessing(cut(side - 1), &message(side - 1));
    check_preprocessing(
        move |prepared| prepared.shorter_side = side - 1,
        &format!("a crop of {side} from a shorter side of {} pixels", side - 1),
    );
    check_preprocessing(|prepared| prepared.sd[1] = 0.0, "the standard deviations");
}

/// A small network whose pictures lose a mean image.
fn with_mean_image() -> Checkpoint {
    let mut checkpoint = random::he_initialised(&Architecture::tiny(), 1);
    let side = checkpoint.preprocessing.crop;
    let values = (0..3 * side * side).map(|at| at as f32 / 7.0).collect();
    checkpoint.preprocessing.mean = [0.0; 3];
    checkpoint.preprocessing.mean_picture = Some(MeanPicture::new(side, values).expect("a picture"));
    checkpoint
}

#[test]
fn a_mean_image_travels_with_the_weights() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (with, without) = (folder.path().join("with.bpk"), folder.path().join("without.bpk"));
    save(with_mean_image(), &with).expect("a writable folder");
    assert_eq!(load(&with).expect("just saved"), with_mean_image());
    let mut plain = with_mean_image();
    plain.preprocessing.mean_picture = None;
    save(plain, &without).expect("a writable folder");
    let hash = |path: &Path| file_sha256(path).expect("just saved");
    assert_ne!(hash(&with), hash(&without), "responses depend on it, and keys are hashes of this file");
}

#[test]
fn a_mean_image_that_is_lost_or_changed_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.bpk");
    let side = Architecture::tiny().input_side();
    let write = |change: &dyn Fn(&mut Vec<Tensor>)| {
        writer(with_mean_image(), change).write_to_file(&path).expect("a writable folder");
    };
    let image = |values: Vec<f32>| tensor(MEAN_IMAGE.into(), vec![3, side, side], values);
    write(&|tensors| drop(tensors.pop()));
    check_refused(&path, "preprocessing.mean is missing");
    write(&|tensors| *tensors.last_mut().expect("an image") = image(vec![1.0; 3 * side * side]));
    check_refused(&path, "not the mean image that was written");
    write(&|tensors| *tensors.last_mut().expect("an image") = image(vec![f32::INFINITY; 3 * side * side]));
    check_refused(&path, "the mean image is inf at channel 0, row 0, column 0");
    write(&|tensors| {
        *tensors.last_mut().expect("an image") = tensor(MEAN_IMAGE.into(), vec![3, 2, 2], vec![1.0; 12]);
    });
    check_refused(&path, "[3, 2, 2] instead of");
    let plain = random::he_initialised(&Architecture::tiny(), 1);
    let more = |tensors: &mut Vec<Tensor>| tensors.push(image(vec![1.0; 3 * side * side]));
    writer(plain, more).write_to_file(&path).expect("a writable folder");
    check_refused(&path, "preprocessing.mean belongs to no node");
    let mut both = with_mean_image();
    both.preprocessing.mean = [1.0; 3];
    writer(both, |_| {}).write_to_file(&path).expect("a writable folder");
    check_refused(&path, "there is one mean");
}

#[test]
fn a_tensor_too_many_or_too_few_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.bpk");
    let write = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let checkpoint = random::he_initialised(&Architecture::tiny(), 1);
        writer(checkpoint, change).write_to_file(&path).expect("a writable folder");
    };
    write(&|tensors| drop(tensors.remove(1)));
    check_refused(&path, "conv1_1.bias is missing");
    write(&|tensors| tensors.push(tensor("fc9.weight".into(), vec![1], vec![1.0])));
    check_refused(&path, "fc9.weight belongs to no node");
    write(&|tensors| tensors[1] = tensor("conv1_1.bias".into(), vec![3], vec![1.0; 3]));
    check_refused(&path, "[3] instead of [4]");
    write(&|tensors| tensors[1] = tensor("conv1_1.bias".into(), vec![4], vec![f32::NAN; 4]));
    check_refused(&path, "weights must be finite");
}
