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
    std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("a writable folder");
    check_refused(&path, "the checksum at its end is missing");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = std::fs::read(saved(folder.path())).expect("just saved");
    assert!(from_bytes(&bytes, "tiny.bpk").is_ok());
    let unnoticed: Vec<usize> = (0..bytes.len() * 8)
        .filter(|bit| {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            from_bytes(&flipped, "tiny.bpk").is_ok()
        })
        .collect();
    eprintln!("{} flips, {} unnoticed", bytes.len() * 8, unnoticed.len());
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}

#[test]
fn a_file_of_before_there_were_seals_is_read_and_known_as_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sealed = saved(folder.path());
    assert!(is_sealed(&sealed).expect("readable"));
    let bytes = std::fs::read(&sealed).expect("just saved");
    let at = bytes.windows(FORMAT.len()).position(|found| found == FORMAT.as_bytes()).expect("its metadata");
    let mut earlier = bytes[..bytes.len() - 83].to_vec();
    earlier[at..at + FORMAT.len()].copy_from_slice(UNSEALED_FORMAT.as_bytes());
    let path = folder.path().join("earlier.bpk");
    std::fs::write(&path, &earlier).expect("a writable folder");
    assert!(!is_sealed(&path).expect("readable"));
    assert_eq!(load(&path).expect("unchecked"), random::he_initialised(&Architecture::tiny(), 1));
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
    write(writer(checkpoint, |_| {}), &path).expect("a writable folder");
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
        super::write(writer(with_mean_image(), change), &path).expect("a writable folder");
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
    super::write(writer(plain, more), &path).expect("a writable folder");
    check_refused(&path, "preprocessing.mean belongs to no node");
    let mut both = with_mean_image();
    both.preprocessing.mean = [1.0; 3];
    super::write(writer(both, |_| {}), &path).expect("a writable folder");
    check_refused(&path, "there is one mean");
}

#[test]
fn a_tensor_too_many_or_too_few_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.bpk");
    let write = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let checkpoint = random::he_initialised(&Architecture::tiny(), 1);
        super::write(writer(checkpoint, change), &path).expect("a writable folder");
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
