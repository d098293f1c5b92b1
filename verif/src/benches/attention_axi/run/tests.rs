// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers become commands that mean the same, without a device.

use hwgen_bundle::manifest::Engine;
use hwgen_golden::attention::{AttentionParams, JobError};
use hwgen_golden::cascade::{Cascade as Stack, CascadeParams, RATIO_ONE};
use hwgen_golden::command::Code;
use hwgen_sim::rng::Rng;

use super::*;
use crate::benches::attention::stimulus::random;
use crate::benches::attention_axi::draw::tests::device;

fn engine() -> Engine {
    Engine {
        block: "attention".to_owned(),
        variant: "axi".to_owned(),
        top: "hg_x_attention_axi".to_owned(),
        module: "hg_attention_axi".to_owned(),
        sources: Vec::new(),
        parameters: BTreeMap::new(),
        hierarchy: Vec::new(),
        ports: Vec::new(),
        latency: String::new(),
        throughput: String::new(),
    }
}

/// Heads of a layer, all of them legal and alike but for their data.
fn heads(p: &AttentionParams, rng: &mut Rng, count: u32, list: bool) -> Vec<LiveJob> {
    let case = loop {
        let case = random(p, rng);
        if case.job().error(p) == JobError::Ok && case.keys > 8 && case.list == list {
            break case;
        }
    };
    let head = |number: u32| {
        let mut case = case.clone();
        case.head = number;
        let live = case.live(p);
        let seed = case.seed + u64::from(number) + 1;
        let mut other = case.clone();
        other.seed = seed;
        let data = other.live(p);
        LiveJob {
            k: data.k,
            v: data.v,
            queries: data.queries,
            ..live
        }
    };
    (0..count).map(head).collect()
}

/// All jobs of drawn layers come out of the commands as they are, in few of them.
#[test]
fn layers_become_commands() {
    let mut rng = Rng::new(3);
    for channels in [1, 4] {
        let device = device(channels, false);
        let layers: Vec<Layer> = (0..6)
            .map(|number| Layer {
                jobs: heads(&device.core, &mut rng, 3, number % 2 == 1),
                prune: None,
            })
            .collect();
        // What comes of them is compared in there.
        let (scene, last) = lay_out(&device, &engine(), &layers, false).expect("fits");
        assert_eq!(
            scene.planned.len(),
            6 + 3,
            "a list before every second layer"
        );
        assert_eq!(last, [0, 2, 3, 5, 6, 8]);
        let fine = |p: &Planned| p.outcome.code() == Code::Okay;
        assert!(scene.planned.iter().all(fine));
        let asked = |p: &Planned| p.outcome.interrupt;
        assert_eq!(scene.planned.iter().filter(|p| asked(p)).count(), 1);
    }
}

/// The accelerator prunes what the schedule's model prunes.
#[test]
fn pruned_layers_become_commands() {
    let device = device(4, true);
    let p = &device.core;
    let mut rng = Rng::new(5);
    let all = heads(p, &mut rng, 4, false);
    let tokens = all[0].k.len() as u32;
    let schedule = CascadeParams {
        tokens: vec![RATIO_ONE, RATIO_ONE / 2, RATIO_ONE / 4],
        heads: vec![RATIO_ONE, RATIO_ONE, RATIO_ONE / 2],
        window: 0,
        key_w: 16,
    };
    let mut stack = Stack::new(schedule, tokens, 4);
    let mut layers = Vec::new();
    for _ in 0..3 {
        let mut jobs = Vec::new();
        for &head in stack.heads() {
            let mut live = all[head as usize].clone();
            live.job.list = true;
            live.job.causal = false;
            live.job.bias = false;
            live.bias = None;
            live.list = Some(stack.tokens().to_vec());
            live.job.keys = stack.tokens().len() as u32;
            jobs.push(live);
        }
        let prune = Some(stack.command());
        for live in &jobs {
            let (list, k, v) = (live.list.as_deref(), &live.k, &live.v);
            let result = run_job(p, &live.job, &live.queries, k, v, None, list);
            stack.observe(live.job.head, &result);
        }
        stack.next_layer();
        layers.push(Layer { jobs, prune });
    }
    let (scene, last) = lay_out(&device, &engine(), &layers, false).expect("fits");
    assert_eq!((scene.planned.len(), last), (6, vec![1, 3, 5]));
    assert!(layers[2].jobs.len() == 2 && layers[2].jobs[0].job.keys < tokens);
}
