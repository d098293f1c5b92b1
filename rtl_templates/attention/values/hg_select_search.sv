// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the threshold of a query: the key at which the weights of the keys in ascending order
/// reach the target, and how much of the target is left for the keys that equal it.
///
/// Weighted radix select over two digits of 6 bits: groups of 8 bins, then bins, of the histogram
/// that the intake made; one pass over the rows for the histogram of the lower digit; the same
/// again. A query takes rows + 50 to 75 cycles, or 2 if everything is selected anyway.
///
/// `valid_i` with the query's figures stands until `done_o`. Bins come two cycles after
/// `hist_en_o`, rows two after `row_en_o`. With `done_o`: `all_o` (no threshold: every live token),
/// `key_o`, and `room_o`: a token with that key is selected unless those before it weigh more than
/// that.
module hg_select_search #(
  /// Lanes (T), 1 and up.
  parameter int Rows = 1,
  /// Bits of a row's index.
  parameter int RowW = 10,
  /// Derived: bits of the rank of a key.
  localparam int RankW = hg_attention_pkg::RANK_W,
  /// Derived: bits of an exponential.
  localparam int ExpW = hg_attention_pkg::EXP_W,
  /// Derived: bits of a sum of exponentials.
  localparam int ExpSumW = hg_attention_pkg::EXP_SUM_W,
  /// Derived: bits of an entry: live, exponential, rank.
  localparam int EntryW = hg_attention_pkg::ENTRY_W
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    valid_i,
  input  logic                    any_i,
  input  logic                    mass_i,
  input  logic [ExpSumW-1:0]      target_i,
  input  logic [RowW-1:0]         last_row_i,
  output logic                    hist_en_o,
  output logic                    hist_group_o,
  output logic [5:0]              hist_bin_o,
  input  logic [Rows*ExpSumW-1:0] hist_data_i,
  output logic                    row_en_o,
  output logic [RowW-1:0]         row_o,
  input  logic [Rows*EntryW-1:0]  row_data_i,
  output logic                    done_o,
  output logic                    all_o,
  output logic [RankW-1:0]        key_o,
  output logic [ExpSumW-1:0]      room_o
);

  // Cycles from the last read of the pass until its histogram is complete.
  localparam int SettleC = 3 + 2 + hg_arith_pkg::segments(ExpSumW);
  localparam int WaitW   = 4;

  typedef enum logic [2:0] {
    Idle,
    Start,
    Scan,
    Pass,
    Settle,
    Done
  } state_e;

  state_e            state_q, state_d;
  logic [1:0]              step_q, step_d;
  logic [WaitW-1:0]        wait_q;
  logic [RowW-1:0]         row_q;
  logic                    all_q, scan_done, scan_found, bin_en;
  logic [2:0]              scan_bin, bin_index, group_q;
  logic [5:0]              upper_q, lower_q;
  logic [Rows*ExpSumW-1:0] lower_data, scan_data;

  // Step 0 and 1: group and bin of the upper digit; 2 and 3: of the lower.
  always_comb begin
    state_d = state_q;
    step_d  = step_q;
    case (state_q)
      Idle: begin
        step_d = 2'd0;
        if (valid_i) begin
          if (any_i) state_d = Done;
          else state_d = Start;
        end
      end
      Start: state_d = Scan;
      Scan: begin
        if (scan_done) begin
          step_d = step_q + 2'd1;
          if (!scan_found) state_d = Done;
          else if (step_q == 2'd1) state_d = Pass;
          else if (step_q == 2'd3) state_d = Done;
          else state_d = Start;
        end
      end
      Pass: if (row_q == last_row_i) state_d = Settle;
      Settle: if (wait_q == WaitW'(SettleC)) state_d = Start;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      step_q  <= 2'd0;
    end else begin
      state_q <= state_d;
      step_q  <= step_d;
    end
  end

  always_ff @(posedge clk_i) begin
    wait_q <= (state_q == Settle) ? wait_q + WaitW'(1) : '0;
    row_q  <= (state_q == Pass) ? row_q + RowW'(1) : '0;
    // The verdict stands until the next query.
    if (state_q == Idle && valid_i) all_q <= any_i;
    if (state_q == Scan && scan_done) begin
      all_q <= !scan_found;
      if (!step_q[0]) group_q <= scan_bin;
      if (step_q == 2'd1) upper_q <= {group_q, scan_bin};
      if (step_q == 2'd3) lower_q <= {group_q, scan_bin};
    end
  end

  hg_select_scan #(
    .Rows (Rows),
    .SumW (ExpSumW)
  ) u_scan (
    .clk_i,
    .rst_ni,
    .start_i  (state_q == Start),
    .first_i  (step_q == 2'd0),
    .target_i,
    .rd_en_o  (bin_en),
    .rd_bin_o (bin_index),
    .data_i   (scan_data),
    .done_o   (scan_done),
    .found_o  (scan_found),
    .bin_o    (scan_bin),
    .room_o
  );

  assign hist_en_o    = bin_en && !step_q[1];
  assign hist_group_o = !step_q[0];
  assign hist_bin_o   = step_q[0] ? {group_q, bin_index} : {3'b0, bin_index};
  assign scan_data    = step_q[1] ? lower_data : hist_data_i;

  // The pass: keys with the upper digit go to the histogram of the lower.
  logic row_valid, row_first;

  assign row_en_o = state_q == Pass;
  assign row_o    = row_q;

  hg_delay_valid #(
    .Cycles (2)
  ) u_row_valid (
    .clk_i,
    .rst_ni,
    .valid_i (row_en_o),
    .valid_o (row_valid)
  );
  hg_delay #(
    .Width  (1),
    .Cycles (2)
  ) u_row_first (
    .clk_i,
    .data_i (row_q == '0),
    .data_o (row_first)
  );

  logic first_q, group_read_q;
  always_ff @(posedge clk_i) begin
    first_q      <= row_valid && row_first;
    group_read_q <= !step_q[0];
  end

  for (genvar t = 0; t < Rows; t++) begin : gen_lane
    logic               live, active_q;
    logic [ExpW-1:0]    weight, weight_q;
    logic [RankW-1:0]   key;
    logic [5:0]         digit_q;
    logic [ExpSumW-1:0] bin_sum, group_sum, data_q;
    logic               unused_bin_count, unused_group_count;

    assign {live, weight, key} = row_data_i[t*EntryW +: EntryW];

    always_ff @(posedge clk_i) begin
      active_q <= row_valid && live && key[11:6] == upper_q;
      digit_q  <= key[5:0];
      weight_q <= mass_i ? weight : ExpW'(1);
      data_q   <= group_read_q ? group_sum : bin_sum;
    end

    hg_select_bins #(
      .Bins  (64),
      .Width (ExpSumW)
    ) u_bin_sum (
      .clk_i,
      .first_i   (first_q),
      .valid_i   (active_q),
      .bin_i     (digit_q),
      .weight_i  (ExpSumW'(weight_q)),
      .rd_en_i   (bin_en),
      .rd_bin_i  (hist_bin_o),
      .rd_data_o (bin_sum),
      .rd_count_o (unused_bin_count)
    );
    hg_select_bins #(
      .Bins  (8),
      .Width (ExpSumW)
    ) u_group_sum (
      .clk_i,
      .first_i   (first_q),
      .valid_i   (active_q),
      .bin_i     (digit_q[5:3]),
      .weight_i  (ExpSumW'(weight_q)),
      .rd_en_i   (bin_en),
      .rd_bin_i  (bin_index),
      .rd_data_o (group_sum),
      .rd_count_o (unused_group_count)
    );
    assign lower_data[t*ExpSumW +: ExpSumW] = data_q;
  end

  assign done_o = state_q == Done;
  assign all_o  = all_q;
  assign key_o  = {upper_q, lower_q};

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (state_q == Scan && scan_done && !scan_found && step_q != 2'd0) begin
      $error("%m: a bin of the group that was found does not hold the target");
    end
  end
`endif
`endif

endmodule

`default_nettype wire
