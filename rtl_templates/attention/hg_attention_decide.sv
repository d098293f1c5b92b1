// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// Decides what follows a pass of the softmax: commit, or refine and do it again.
///
/// Results of passes wait in a small FIFO and are decided in order; each belongs to the oldest
/// context. A certain pass commits. Rule `head` refines all live keys if the sum exceeds the limit;
/// rule `token` asks hg_attention_limit for the rank up to which candidates need a plane. A scan
/// then finds them; if there are any, the query's slot in hg_select is given back (abort) and the
/// refinement begins. A commit hands select mode, k and target to hg_select: target = (sum * mass +
/// 65535) >> 16, made a bit of `mass` a cycle. An illegal job's query commits with its code alone.
///
/// A commit costs three cycles, with select `mass` 18 more; rule `token` costs 28 before the scan.
module hg_attention_decide #(
  /// Planes of K, 1 to 3.
  parameter int KPlanes = 3,
  /// Width of plane p in nibble p.
  parameter int KWidths = 'h444,
  /// Passes between start and decision, 1 and up.
  parameter int Decisions = 4
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  // Results of passes.
  input  logic            res_valid_i,
  input  logic            res_certain_i,
  input  logic [37:0]     res_sum_i,
  input  logic [37:0]     res_part_i,
  // The query of an illegal job is due.
  input  logic            error_i,
  // Planes that an uncertain pass had, and fields of the job.
  input  logic [1:0]      planes_i,
  input  logic [23:0]     bound_i,
  input  logic [1:0]      rule_i,
  input  logic [35:0]     head_limit_i,
  input  logic [19:0]     eps_log2_i,
  input  logic [5:0]      pre_shift_i,
  input  logic [15:0]     mant_i,
  input  logic [1:0]      select_i,
  input  logic [16:0]     mass_i,
  // The scan.
  output logic            scan_valid_o,
  input  logic            scan_ready_i,
  output logic            scan_all_o,
  output logic [11:0]     scan_limit_o,
  input  logic            scan_end_i,
  input  logic            scan_any_i,
  // Decisions, one pulse each.
  output logic            commit_o,
  output logic            commit_error_o,
  output logic            abort_o,
  output logic            next_o,
  output logic [37:0]     sum_o,
  output logic [37:0]     target_o
);

  localparam int W1 = (KPlanes > 1) ? (KWidths >> 4) & 15 : 0;
  localparam int W2 = (KPlanes > 2) ? (KWidths >> 8) & 15 : 0;

  localparam logic [1:0] RuleHead   = 2'd1;
  localparam logic [1:0] SelectMass = 2'd2;

  typedef enum logic [3:0] {
    Idle, Look, Limit, Judge, Scan, Wait, Mass, Target, Commit, Abort, Error
  } state_e;
  state_e state_d, state_q, finish;

  logic        head_valid, head_ready, certain_q, head_certain, unused_ready, limit_done, need;
  logic        bits_end, over;
  logic [37:0] head_sum, head_part, sum_q, part_q;
  logic [11:0] rank;
  logic [3:0]  below;
  logic [4:0]  bits_q;
  logic [16:0] mass_q;
  logic [54:0] product_q;
  logic [$clog2(Decisions+1)-1:0] unused_used;

  hg_fifo #(
    .Width        (1 + 38 + 38),
    .DepthEntries (Decisions)
  ) u_results (
    .clk_i,
    .rst_ni,
    .in_valid_i  (res_valid_i),
    .in_ready_o  (unused_ready),
    .in_data_i   ({res_certain_i, res_sum_i, res_part_i}),
    .out_valid_o (head_valid),
    .out_ready_i (head_ready),
    .out_data_o  ({head_certain, head_sum, head_part}),
    .used_o      (unused_used)
  );

  assign head_ready = state_q == Idle;
  assign below      = (planes_i == 2'd1) ? 4'(W1 + W2) : 4'(W2);
  assign over       = sum_q > {2'b00, head_limit_i};

  hg_attention_limit u_limit (
    .clk_i,
    .rst_ni,
    .start_i     (state_q == Look && !certain_q && rule_i != RuleHead),
    .bound_i,
    .below_i     (below),
    .pre_shift_i,
    .mant_i,
    .eps_log2_i,
    .part_i      (part_q),
    .done_o      (limit_done),
    .need_o      (need),
    .rank_o      (rank)
  );

  always_comb begin
    if (select_i == SelectMass) finish = Mass;
    else finish = Commit;
  end

  assign bits_end = bits_q == 5'd16;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (head_valid) state_d = Look;
        else if (error_i) state_d = Error;
      end
      Look: begin
        if (certain_q) state_d = finish;
        else if (rule_i != RuleHead) state_d = Limit;
        else if (over) state_d = Scan;
        else state_d = finish;
      end
      Limit: if (limit_done) state_d = Judge;
      Judge: begin
        if (need) state_d = Scan;
        else state_d = finish;
      end
      Scan: if (scan_ready_i) state_d = Wait;
      Wait: begin
        if (scan_end_i && scan_any_i) state_d = Abort;
        else if (scan_end_i) state_d = finish;
      end
      Mass: if (bits_end) state_d = Target;
      Target: state_d = Commit;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Idle) begin
      certain_q <= head_certain;
      sum_q     <= head_sum;
      part_q    <= head_part;
    end
    // The product grows from its low end: add at the top, move down.
    if (state_q != Mass) begin
      bits_q    <= '0;
      mass_q    <= mass_i;
      product_q <= (state_q == Target) ? product_q + 55'd65535 : '0;
    end else begin
      bits_q    <= bits_q + 5'd1;
      mass_q    <= mass_q >> 1;
      product_q <= {1'b0, product_q[54:1]} + (mass_q[0] ? {1'b0, sum_q, 16'd0} : '0);
    end
  end

  assign scan_valid_o   = state_q == Scan;
  assign scan_all_o     = rule_i == RuleHead;
  assign scan_limit_o   = rank;
  assign commit_o       = state_q == Commit;
  assign commit_error_o = state_q == Error;
  assign abort_o        = state_q == Abort;
  assign next_o         = state_q == Commit && !certain_q;
  assign sum_o          = sum_q;
  assign target_o       = product_q[53:16];

endmodule

`default_nettype wire
