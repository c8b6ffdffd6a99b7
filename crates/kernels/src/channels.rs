//! Channels chosen, put together and averaged.

use rayon::prelude::*;

use crate::error::{ShapeError, check_indices, check_shape};
use crate::maps::Maps;

/// The chosen channels, in the order given.
///
/// # Errors
/// If no channel is chosen or an index points past the last channel.
pub fn select_channels(maps: &Maps, channels: &[usize]) -> Result<Maps, ShapeError> {
    check_indices(channels, maps.channels())?;
    let mut output = Maps::zeros(maps.pictures(), maps.height(), maps.width(), channels.len())?;
    let (source_row, target_row) = (maps.width() * maps.channels(), maps.width() * channels.len());
    let sources = maps.data().par_chunks_exact(source_row);
    output.data_mut().par_chunks_exact_mut(target_row).zip(sources).for_each(|(target, source)| {
        for (target, source) in target.chunks_exact_mut(channels.len()).zip(source.chunks_exact(maps.channels())) {
            target.iter_mut().zip(channels).for_each(|(value, &channel)| *value = source[channel]);
        }
    });
    Ok(output)
}

/// The channels of all maps, one after the other: `[pictures, height, width, sum of the channels]`.
///
/// # Errors
/// If there are no maps, or they differ in pictures, height or width.
pub fn concat(maps: &[&Maps]) -> Result<Maps, ShapeError> {
    let first =
        maps.first().ok_or(ShapeError::Empty { what: "the list of maps to concatenate", shape: "[0]".into() })?;
    let [pictures, height, width, _] = first.shape();
    for other in maps {
        let found = [other.pictures(), other.height(), other.width()];
        check_shape("pictures, height and width of maps to concatenate", &[pictures, height, width], &found)?;
    }
    let channels = maps.iter().map(|maps| maps.channels()).sum();
    let mut output = Maps::zeros(pictures, height, width, channels)?;
    output.data_mut().par_chunks_exact_mut(width * channels).enumerate().for_each(|(row, target)| {
        for (x, mut target) in target.chunks_exact_mut(channels).enumerate() {
            for maps in maps {
                let source = &maps.data()[(row * width + x) * maps.channels()..][..maps.channels()];
                let (part, rest) = target.split_at_mut(source.len());
                part.copy_from_slice(source);
                target = rest;
            }
        }
    });
    Ok(output)
}

/// Mean over the pixels of every channel (global average pooling), summed in float64 from the first pixel to the last:
/// `[pictures, channels]`.
pub fn spatial_mean(maps: &Maps) -> Vec<f32> {
    let channels = maps.channels();
    let pixels = (maps.height() * maps.width()) as f64;
    let mut means = vec![0.0; maps.pictures() * channels];
    let pictures = maps.data().par_chunks_exact(maps.picture_len());
    means.par_chunks_exact_mut(channels).zip(pictures).for_each(|(means, picture)| {
        let mut sums = vec![0f64; channels];
        for pixel in picture.chunks_exact(channels) {
            sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        means.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = (sum / pixels) as f32);
    });
    means
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::reference::random_maps;

    #[test]
    fn channels_are_chosen_and_averaged() {
        let maps = Maps::new(1, 1, 2, 3, vec![1.0, 2.0, 3.0, 4.0, 6.0, 8.0]).unwrap();
        assert_eq!(select_channels(&maps, &[2, 0]).unwrap().data(), [3.0, 1.0, 8.0, 4.0]);
        assert_eq!(select_channels(&maps, &[3]), Err(ShapeError::Index { index: 3, count: 3 }));
        assert_eq!(spatial_mean(&maps), [2.5, 4.0, 5.5]);
    }

    #[test]
    fn concatenated_channels_are_found_again() {
        let parts = [1, 4, 3].map(|channels| random_maps(channels as u64, [2, 3, 5, channels]));
        let whole = concat(&parts.each_ref()).unwrap();
        assert_eq!(whole.shape(), [2, 3, 5, 8]);
        for (part, channels) in parts.iter().zip([0..1, 1..5, 5..8]) {
            assert_eq!(&select_channels(&whole, &channels.collect::<Vec<_>>()).unwrap(), part);
        }
        let error = concat(&[&parts[0], &random_maps(1, [2, 3, 4, 1])]).unwrap_err().to_string();
        assert!(error.contains("[2, 3, 5]") && error.contains("[2, 3, 4]"), "{error}");
        assert!(matches!(concat(&[]), Err(ShapeError::Empty { .. })));
    }
}
