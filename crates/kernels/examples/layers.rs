//! Times of single layers, for comparison with other programs: `benches/peers/layers.py` calls it.
//!
//! `cargo run -p kernels --release --example layers [threads] [pictures]`
//!
//! Every line is `name side in out groups kernel stride padding wall_ms cpu_ms`: the median wall time and the mean CPU time
//! of all threads (Linux only, 0 elsewhere).

use std::time::{Duration, Instant};

use kernels::{Conv, Epilogue, Maps, Pool, Window};

/// Name, side of the maps, channels in, channels out, groups, kernel, stride, padding.
const LAYERS: [(&str, [usize; 7]); 12] = [
    ("pointwise", [28, 192, 32, 1, 1, 1, 0]),
    ("pointwise-wide", [14, 112, 672, 1, 1, 1, 0]),
    ("pointwise-deep", [7, 1152, 320, 1, 1, 1, 0]),
    ("pointwise-strided", [56, 256, 512, 1, 1, 2, 0]),
    ("depthwise-3", [112, 32, 32, 32, 3, 1, 1]),
    ("depthwise-3-strided", [112, 96, 96, 96, 3, 2, 1]),
    ("depthwise-5", [28, 240, 240, 240, 5, 1, 2]),
    ("first-7-strided", [224, 3, 64, 1, 7, 2, 3]),
    ("first-11-strided", [224, 3, 64, 1, 11, 4, 2]),
    ("grouped-5", [27, 96, 256, 2, 5, 1, 2]),
    ("strided-3", [56, 128, 256, 1, 3, 2, 1]),
    ("first-3-strided", [224, 3, 32, 1, 3, 2, 1]),
];

/// Time spent on each measurement.
const PATIENCE: Duration = Duration::from_millis(300);

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let numbers = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<usize>, _>>()?;
    let (threads, pictures) = (numbers.first().copied().unwrap_or(1), numbers.get(1).copied().unwrap_or(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| LAYERS.iter().try_for_each(|(name, sizes)| measure(name, *sizes, pictures)))
}

fn measure(name: &str, sizes: [usize; 7], pictures: usize) -> Result<(), Failure> {
    let [side, inputs, outputs, groups, kernel, stride, padding] = sizes;
    let window = Window::square(kernel).stride(stride).padding(padding);
    let weights = noise(outputs * inputs / groups * window.taps());
    let conv = Conv::new(&weights, &vec![0.1; outputs], outputs, inputs, window, groups)?;
    let input = Maps::new(pictures, side, side, inputs, noise(pictures * side * side * inputs))?;
    let mut output = Maps::zeros(1, 1, 1, 1)?;
    let mut run = || conv.forward_into(&input, Epilogue::RELU, Pool::None, &mut output);
    run()?;
    let (start, mut wall, cpu, mut runs) = (Instant::now(), Vec::new(), cpu_ms(), 0u32);
    while start.elapsed() < PATIENCE {
        let once = Instant::now();
        run()?;
        wall.push(once.elapsed().as_secs_f64() * 1e3);
        runs += 1;
    }
    wall.sort_by(f64::total_cmp);
    let sizes = sizes.map(|size| size.to_string()).join(" ");
    println!("{name} {sizes} {:.4} {:.4}", wall[wall.len() / 2], (cpu_ms() - cpu) / f64::from(runs));
    Ok(())
}

/// Values from −1 to 1 by a fixed recurrence.
fn noise(len: usize) -> Vec<f32> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..len).map(next).collect()
}

/// Processor time of all threads of this process.
fn cpu_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    times.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok()).sum::<f64>() / 1e6
}
