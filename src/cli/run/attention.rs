// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention`: attention of a model's layers.

use std::path::PathBuf;

use clap::ValueEnum;
use hwgen_golden::attention::cascade::{Cascade as Stack, CascadeParams};
use hwgen_golden::attention::{AttentionParams, Rule, Select};
use hwgen_golden::memory::choice::Device;
use hwgen_verif::attention::Memory;

use super::shared::bound;
use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, warn, write_bytes, write_json};
use hwgen_verif::session;
use hwgen_workloads::attend::axi;
use hwgen_workloads::attend::bus::{Bus, BusArgs, MemoryName};
use hwgen_workloads::attend::report::{self, Backend, Report};
use hwgen_workloads::attend::stack::{self, Kept, Pruning};
use hwgen_workloads::attend::unit::{Refined, Unit};
use hwgen_workloads::attend::{self, Figures, Layer, Policy, Survivors, output, rtl};
use hwgen_workloads::samples::{self, How, Sample, SampleArgs, Which};

/// Arguments of `hwgen run attention`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Tensors q, k and v, or a list of samples: a .safetensors file, the index of a checkpoint in
    /// shards, or its folder
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    tensors: SampleArgs,
    /// One sample of the file [default: all]
    #[arg(long, value_name = "NAME", conflicts_with = "layers")]
    sample: Option<String>,
    /// The samples NAME.l0, NAME.l1 and so on, as the layers of one model; l for those of a pattern
    #[arg(long, value_name = "NAME")]
    layers: Option<String>,
    #[command(flatten)]
    cascade: Cascade,
    /// Which keys get more planes than --start
    #[arg(long, value_enum, default_value_t = RuleName::Static)]
    rule: RuleName,
    /// Planes of K fetched up front [default: all with rule static, else 1]
    #[arg(long, value_name = "PLANES")]
    start: Option<u32>,
    /// Planes of V that are fetched [default: all]
    #[arg(long, value_name = "PLANES")]
    value_planes: Option<u32>,
    /// Rule head: refine where the largest probability is under this
    #[arg(long, default_value_t = 0.1, allow_hyphen_values = true)]
    threshold: f64,
    /// Rule token: refine keys whose probability may exceed this
    #[arg(long, default_value_t = 0.001, allow_hyphen_values = true)]
    eps: f64,
    /// Rule token: worst, or how many standard deviations of a score's missing bits to trust
    #[arg(
        long,
        value_name = "worst|SIGMAS",
        default_value = "worst",
        allow_hyphen_values = true
    )]
    bound: String,
    /// Only the COUNT best values; or, if it is no number, the tensor of the keys (as --k-tensor)
    #[arg(long, value_name = "COUNT|NAME")]
    k: Vec<String>,
    /// Only the best values that leave out at most this probability
    #[arg(long, value_name = "EPS", allow_hyphen_values = true)]
    mass: Option<f64>,
    /// Scale the probabilities of the selected values to sum to one
    #[arg(long)]
    renorm: bool,
    #[command(flatten)]
    bus: BusArgs,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Rtl)]
    backend: Backend,
    /// Write outputs, probabilities and which values count: NAME.out, NAME.probs, NAME.selected
    #[arg(short, long, value_name = "FILE.safetensors")]
    output: Option<PathBuf>,
    /// Write the figures as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What cascade pruning leaves of tokens and heads, layer by layer.
#[derive(Debug, clap::Args)]
struct Cascade {
    /// Tokens kept, as a share of all: from the first touched layer to the last, or one share a
    /// layer with commas [default: as the bundle was emitted]
    #[arg(
        long,
        value_name = "FROM:TO|SHARES",
        requires = "layers",
        allow_hyphen_values = true
    )]
    keep_tokens: Option<String>,
    /// Heads kept, likewise [default: as the bundle was emitted]
    #[arg(
        long,
        value_name = "FROM:TO|SHARES",
        requires = "layers",
        allow_hyphen_values = true
    )]
    keep_heads: Option<String>,
    /// First layers that keep all tokens [default: 15 % of them]
    #[arg(long, value_name = "LAYERS", requires = "keep_tokens")]
    untouched_tokens: Option<u32>,
    /// First layers that keep all heads [default: 30 % of them]
    #[arg(long, value_name = "LAYERS", requires = "keep_heads")]
    untouched_heads: Option<u32>,
    /// Most recent tokens that always survive [default: the bundle's, or 64, in decoders, else 0]
    #[arg(long, value_name = "TOKENS", requires = "keep_tokens")]
    window: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RuleName {
    /// None
    Static,
    /// All keys of a query whose distribution is flat (SpAtten)
    Head,
    /// Keys whose probability may still exceed a limit
    Token,
    /// As token, or all planes of all keys up front where that takes fewer accesses of --memory
    Auto,
}

/// What the flags ask for.
struct Asked {
    policy: Policy,
    kept: Kept,
    how: How,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let Asked { policy, kept, how } = asked(args)?;
    let bundle = choose::open(&args.bundle)?;
    let variant = args.bus.bus.variant();
    let engines = choose::engines(&bundle, Some("attention"), Some(variant))?;
    let engine = engines[0];
    let params = engine.read(AttentionParams::from_values)?;
    let (start, values) = planes(args, &params)?;
    let policy = Policy {
        start,
        values,
        ..policy
    };
    let which = match (&args.sample, &args.layers) {
        (Some(name), _) => Which::One(name),
        (None, Some(name)) => Which::Layers(name),
        (None, None) => Which::All,
    };
    let found = samples::read(&args.input, which, &how)?;
    let samples = &found.samples;
    for sample in samples {
        attend::check(sample, &params)?;
    }
    let pruning = Pruning::of(&bundle, args.bus.bus)?;
    let pruning = pruning.as_ref();
    let schedule = match &args.layers {
        Some(_) => Some(kept.params(samples, pruning)?),
        None => None,
    };
    // Judged before the golden model computes.
    let pruning = pruning.filter(|_| schedule.as_ref().is_some_and(CascadeParams::prunes));
    let lab = match args.backend {
        Backend::Rtl => {
            pruning.map_or(Ok(()), |cascade| rtl::check(&samples[0], cascade))?;
            Some(session::lab()?)
        }
        Backend::Golden | Backend::Float => None,
    };
    let (n, heads) = (samples[0].tokens() as u32, samples[0].heads.len() as u32);
    let prunes = schedule.clone().filter(CascadeParams::prunes);
    let mut stack = prunes.map(|s| Stack::new(s, n, heads));
    let (mut layers, mut commands, mut refined) = (Vec::new(), Vec::new(), Vec::new());
    for sample in samples {
        stop::stopped()?;
        let survivors = match &stack {
            Some(stack) => Survivors::of(stack),
            None => Survivors::all(sample),
        };
        let (layer, unit) = match args.backend {
            Backend::Float => (Layer::float(sample, &params, policy, survivors), None),
            Backend::Golden | Backend::Rtl => golden(args, sample, &params, policy, survivors)?,
        };
        refined.push(unit);
        if let Some(stack) = &mut stack {
            commands.push(stack.command());
            layer.observe(stack);
            stack.next_layer();
        }
        layers.push(layer);
    }
    let (mut cycles, mut axi) = (None, None);
    if let Some(lab) = &lab {
        match args.bus.bus {
            Bus::Stream => {
                let memory = Memory {
                    latency: args.bus.latency(),
                    bytes_per_cycle: 0,
                };
                let schedule = schedule.filter(|_| pruning.is_some());
                let all = rtl::cycles(lab, &bundle, engine, schedule, &layers, memory)?;
                cycles = Some(all);
            }
            Bus::Axi => {
                let commands = pruning.map(|_| &commands[..]);
                let (all, figures) =
                    axi::cycles(lab, &bundle, engine, commands, &layers, args.bus)?;
                (cycles, axi) = (Some(all), Some(figures));
            }
        }
    }
    let of = |(i, layer): (usize, &Layer<'_>)| {
        let mut figures = layer.figures(cycles.as_ref().map(|c| c[i]));
        figures.refinement = refined[i];
        figures
    };
    let figures: Vec<Figures> = layers.iter().enumerate().map(of).collect();
    let report = Report {
        bundle: &bundle.manifest.name,
        engine: &engine.top,
        input: args.input.display().to_string(),
        backend: args.backend,
        scale: report::same(figures.iter().map(|f| f.scale)),
        masks: report::masks(samples),
        not_read: found.not_read,
        warnings: found.warnings,
        samples: figures,
        axi,
    };
    if let Some(path) = &args.output {
        write_bytes(path, &output::file(&layers)?)?;
    }
    tell(args, &report)
}

/// Returns the planes of K that are fetched up front, and those of V that are fetched.
fn planes(args: &Args, params: &AttentionParams) -> Result<(u32, u32), Error> {
    let planes = params.k_planes.len() as u32;
    let start = args.start.unwrap_or(match args.rule {
        RuleName::Static => planes,
        RuleName::Head | RuleName::Token | RuleName::Auto => 1,
    });
    if !(1..=planes).contains(&start) {
        let rule = format!("the bundle has {planes} planes of K (try {planes})");
        return Err(Error::input(format!("--start {start}: {rule}")));
    }
    let planes = params.v_planes.len() as u32;
    let values = args.value_planes.unwrap_or(planes);
    if !(1..=planes).contains(&values) {
        let rule = format!("the bundle has {planes} planes of V (try {planes})");
        return Err(Error::input(format!("--value-planes {values}: {rule}")));
    }
    Ok((start, values))
}

/// Says what came out, as text and as a file.
fn tell(args: &Args, report: &Report<'_>) -> Result<(), Error> {
    report.warnings.iter().for_each(|w| warn(w));
    if let Some(path) = &args.json {
        write_json(path, report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&report.text())
}

/// Runs a layer on the golden model: by token, or with all planes up front where the memory would have
/// it so; says what was judged.
fn golden<'a>(
    args: &Args,
    sample: &'a Sample,
    params: &'a AttentionParams,
    policy: Policy,
    survivors: Survivors,
) -> Result<(Layer<'a>, Option<Refined>), Error> {
    let auto = args.rule == RuleName::Auto;
    let device = args.bus.memory.and_then(MemoryName::device);
    let device = device.or(auto.then_some(Device::Ddr4));
    let layer = Layer::golden(sample, params, policy, survivors.clone())?;
    let refined = device.and_then(|device| layer.refined(device));
    if !auto || refined.is_none_or(|r| r.unit == Unit::Token) {
        return Ok((layer, refined));
    }
    let all = Policy {
        rule: Rule::Static,
        start: params.k_planes.len() as u32,
        ..policy
    };
    Ok((Layer::golden(sample, params, all, survivors)?, refined))
}

/// Parts what `--k` took: how many values, and the name of the keys.
fn count_or_name<'a>(
    given: &'a [String],
    wrong: &mut Vec<String>,
) -> (Option<u32>, Option<&'a str>) {
    let (mut counts, mut names) = (Vec::new(), Vec::new());
    for text in given {
        match text.parse::<u32>() {
            Ok(0) => wrong.push("--k 0: must be at least 1 (try 16)".to_owned()),
            Ok(count) => counts.push(count),
            Err(_) if text.parse::<f64>().is_ok() => {
                let rule = "must be a whole number, or the name of a tensor (try 16)";
                wrong.push(format!("--k {text}: {rule}"));
            }
            Err(_) => names.push(text.as_str()),
        }
    }
    for (kind, n) in [("numbers", counts.len()), ("names", names.len())] {
        if n > 1 {
            wrong.push(format!("--k: {n} {kind} (give one)"));
        }
    }
    (counts.first().copied(), names.first().copied())
}

/// Reads the flags; all that is wrong with them is told at once.
fn asked(args: &Args) -> Result<Asked, Error> {
    let mut wrong = Vec::new();
    let (count, keys) = count_or_name(&args.k, &mut wrong);
    if args.rule == RuleName::Auto && args.backend == Backend::Float {
        let rule = "--backend float knows no accesses (take --backend golden, or --rule token)";
        wrong.push(format!("--rule auto: {rule}"));
    }
    let refines = matches!(args.rule, RuleName::Token | RuleName::Auto);
    wrong.extend(args.bus.violations(refines));
    if count.is_some() && args.mass.is_some() {
        wrong.push("--k and --mass: both select values (give one)".to_owned());
    }
    let how = args.tensors.how(keys, &mut wrong);
    let mut within = |flag: &str, value: f64, zero: bool| {
        let low = if zero { value >= 0.0 } else { value > 0.0 };
        if !(low && value <= 1.0) {
            let from = if zero { "0" } else { "more than 0" };
            wrong.push(format!(
                "--{flag} {value}: must be {from}, and at most 1 (try 0.01)"
            ));
        }
    };
    within("threshold", args.threshold, false);
    within("eps", args.eps, false);
    if let Some(mass) = args.mass {
        within("mass", mass, true);
    }
    let bound = bound(&args.bound).map_err(|e| wrong.push(e)).ok();
    let mut kept = |flag: &str, given: &Option<String>| {
        let read = given.as_deref().map(|g| stack::shares(flag, g));
        read.transpose().map_err(|e| wrong.push(e)).ok().flatten()
    };
    let kept = Kept {
        tokens: kept("keep-tokens", &args.cascade.keep_tokens),
        heads: kept("keep-heads", &args.cascade.keep_heads),
        untouched_tokens: args.cascade.untouched_tokens,
        untouched_heads: args.cascade.untouched_heads,
        window: args.cascade.window,
    };
    let Some(bound) = bound.filter(|_| wrong.is_empty()) else {
        return Err(Error::Input(wrong));
    };
    let (select, k) = match (count, args.mass) {
        (Some(k), _) => (Select::Topk, k),
        (None, Some(_)) => (Select::Mass, 1),
        (None, None) => (Select::All, 1),
    };
    let policy = Policy {
        rule: match args.rule {
            RuleName::Static => Rule::Static,
            RuleName::Head => Rule::Head,
            RuleName::Token | RuleName::Auto => Rule::Token,
        },
        start: 1,
        values: 1,
        threshold: args.threshold,
        eps: args.eps,
        bound,
        select,
        k,
        left_out: args.mass.unwrap_or(0.0),
        renorm: args.renorm,
    };
    Ok(Asked { policy, kept, how })
}
