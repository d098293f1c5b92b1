// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Retires queries in order: records from commit to the end, outputs and statistics.
///
/// A ring; a commit opens a record, hg_attention_value_fetch adds its counts, and the oldest record
/// leaves when its output has been taken and its statistics stored (an illegal job's record has no
/// output). A job ends with the record of its last query.
module hg_attention_retire #(
  /// Records; a power of two, 2 and up.
  parameter int Records = 8,
  /// Bits of a count of keys, 4 and up.
  parameter int TokW = 11,
  /// Bits of an output, 1 and up.
  parameter int OutW = 1024,
  /// Jobs in flight: a power of two, 4 to 64.
  parameter int Jobs = 8,
  /// Derived: bits of a job's place.
  localparam int JobW = hg_pkg::idx_width(Jobs),
  /// Derived: bits of a record's number.
  localparam int RecW = hg_pkg::idx_width(Records)
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic [31:0]     now_i,
  // Commit; `open_record_o` is the number the record gets.
  input  logic            open_i,
  output logic [RecW-1:0] open_record_o,
  input  logic [JobW-1:0] open_job_i,
  input  logic            open_last_i,
  input  logic [2:0]      open_error_i,
  input  logic [31:0]     open_stamp_i,
  input  logic [15:0]     open_fetched_i,
  input  logic [15:0]     open_refined_i,
  input  logic [1:0]      open_rounds_i,
  // The query whose values are fetched, and its counts.
  input  logic [RecW-1:0] value_record_i,
  output logic [JobW-1:0] value_job_o,
  output logic            value_last_o,
  input  logic            count_valid_i,
  input  logic [RecW-1:0] count_record_i,
  input  logic [TokW-1:0] count_selected_i,
  input  logic [15:0]     count_fetched_i,
  // The job of the oldest record and its head.
  output logic [JobW-1:0] old_job_o,
  input  logic [7:0]      old_head_i,
  input  logic            norm_valid_i,
  output logic            norm_ready_o,
  input  logic [OutW-1:0] norm_data_i,
  output logic            out_valid_o,
  input  logic            out_ready_i,
  output logic [OutW-1:0] out_data_o,
  output logic [7:0]      out_head_o,
  output logic            out_last_o,
  output logic            stat_valid_o,
  input  logic            stat_ready_i,
  output logic [7:0]      stat_head_o,
  output logic [2:0]      stat_error_o,
  output logic            stat_last_o,
  output logic [15:0]     stat_k_fetched_o,
  output logic [15:0]     stat_refined_o,
  output logic [TokW-1:0] stat_selected_o,
  output logic [15:0]     stat_v_fetched_o,
  output logic [1:0]      stat_rounds_o,
  output logic [31:0]     stat_cycles_o,
  output logic            record_done_o,
  output logic            job_done_o
);

  localparam int StatW = 8 + 3 + 1 + 16 + 16 + TokW + 16 + 2 + 32;

  logic [RecW-1:0] new_q, old_q;
  logic [RecW:0]   used_q;
  logic            there, refused, store, go_q, refused_q;
  logic [7:0]      head_q;
  logic [JobW-1:0] job_q [0:Records-1];
  logic            last_q [0:Records-1];
  logic [2:0]      error_q [0:Records-1];
  logic [31:0]     stamp_q [0:Records-1];
  logic [15:0]     k_fetched_q [0:Records-1];
  logic [15:0]     refined_q [0:Records-1];
  logic [1:0]      rounds_q [0:Records-1];
  logic [TokW-1:0] selected_q [0:Records-1];
  logic [15:0]     v_fetched_q [0:Records-1];
  // A record on its way to the statistics: its cycles take two steps.
  localparam int PartW = StatW - 32;
  logic             late1_q, late2_q;
  logic [PartW-1:0] part1_q, part2_q;
  logic [31:0]      now1_q, stamp1_q;
  logic [15:0]      high_now2_q, high_stamp2_q;
  logic [16:0]      low2_q;
  logic [31:0]      cycles;
  logic             fifo_ready;
  logic [1:0]      unused_used;

  assign open_record_o = new_q;
  assign there         = used_q != '0;
  assign refused       = error_q[old_q] != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      new_q  <= '0;
      old_q  <= '0;
      used_q <= '0;
    end else begin
      if (open_i) new_q <= (new_q == RecW'(Records - 1)) ? '0 : new_q + RecW'(1);
      if (store) old_q <= (old_q == RecW'(Records - 1)) ? '0 : old_q + RecW'(1);
      used_q <= used_q + (RecW + 1)'(open_i) - (RecW + 1)'(store);
    end
  end

  always_ff @(posedge clk_i) begin
    if (open_i) begin
      job_q[new_q]       <= open_job_i;
      last_q[new_q]      <= open_last_i;
      error_q[new_q]     <= open_error_i;
      stamp_q[new_q]     <= open_stamp_i;
      k_fetched_q[new_q] <= open_fetched_i;
      refined_q[new_q]   <= open_refined_i;
      rounds_q[new_q]    <= open_rounds_i;
    end
    if (count_valid_i) begin
      selected_q[count_record_i]  <= count_selected_i;
      v_fetched_q[count_record_i] <= count_fetched_i;
    end
  end

  assign value_job_o = job_q[value_record_i];
  assign value_last_o = last_q[value_record_i];
  assign old_job_o    = job_q[old_q];

  // An output leaves when its statistics can be stored, and two cycles behind the one before. Its
  // head is looked up meanwhile.
  always_ff @(posedge clk_i) head_q <= old_head_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      go_q      <= 1'b0;
      refused_q <= 1'b0;
    end else begin
      go_q      <= there && !refused && !store && !late1_q;
      refused_q <= there && refused && !store && !late1_q;
    end
  end

  assign out_valid_o  = go_q && fifo_ready && norm_valid_i;
  assign norm_ready_o = go_q && fifo_ready && out_ready_i;
  assign out_data_o   = norm_data_i;
  assign out_head_o   = head_q;
  assign out_last_o   = last_q[old_q];
  assign store        = (out_valid_o && out_ready_i) || (refused_q && fifo_ready);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      late1_q <= 1'b0;
      late2_q <= 1'b0;
    end else begin
      late1_q <= store;
      late2_q <= late1_q;
    end
  end

  always_ff @(posedge clk_i) begin
    part1_q <= {head_q, error_q[old_q], last_q[old_q],
                refused ? 16'd0 : k_fetched_q[old_q], refused ? 16'd0 : refined_q[old_q],
                refused ? {TokW{1'b0}} : selected_q[old_q],
                refused ? 16'd0 : v_fetched_q[old_q], refused ? 2'd0 : rounds_q[old_q]};
    part2_q <= part1_q;
    now1_q        <= now_i;
    stamp1_q      <= stamp_q[old_q];
    low2_q        <= {1'b0, now1_q[15:0]} - {1'b0, stamp1_q[15:0]};
    high_now2_q   <= now1_q[31:16];
    high_stamp2_q <= stamp1_q[31:16];
  end

  assign cycles = {high_now2_q - high_stamp2_q - 16'(low2_q[16]), low2_q[15:0]};

  hg_fifo #(
    .Width        (StatW),
    .DepthEntries (2)
  ) u_stats (
    .clk_i,
    .rst_ni,
    .in_valid_i  (late2_q),
    .in_ready_o  (fifo_ready),
    .in_data_i   ({part2_q, cycles}),
    .out_valid_o (stat_valid_o),
    .out_ready_i (stat_ready_i),
    .out_data_o  ({stat_head_o, stat_error_o, stat_last_o, stat_k_fetched_o, stat_refined_o,
                   stat_selected_o, stat_v_fetched_o, stat_rounds_o, stat_cycles_o}),
    .used_o      (unused_used)
  );

  assign record_done_o = store;
  assign job_done_o    = store && last_q[old_q];

`ifdef HG_FORMAL
  // An output that is offered stands, each leaves with the record of its query, no statistics are
  // lost on their way, and their cycles are those since the query's stamp.
  logic            f_seen_q, f_stalled_q, f_last_q;
  logic [OutW-1:0] f_data_q;
  logic [31:0]     f_used_q;
  // The cycles of a record that leaves, and the stamp of one picked at random.
  (* anyconst *) logic [RecW-1:0] f_record;
  logic [31:0]     f_cycles1_q, f_cycles2_q, f_stamp_q;
  logic            f_stamped_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (32'(used_q) == Records) assume (!open_i);
    assume (32'(count_record_i) < Records && 32'(f_record) < Records);
  end
  always @(posedge clk_i) begin
    f_cycles1_q <= now_i - stamp_q[old_q];
    f_cycles2_q <= f_cycles1_q;
    if (open_i && open_record_o == f_record) f_stamp_q <= open_stamp_i;
    if (!rst_ni) f_stamped_q <= 1'b0;
    else if (open_i && open_record_o == f_record) f_stamped_q <= 1'b1;
    if (rst_ni && f_seen_q) begin
      if (f_stamped_q) assert (stamp_q[f_record] == f_stamp_q);
      if (late1_q) assert (now1_q - stamp1_q == f_cycles1_q);
      if (late2_q) assert (cycles == f_cycles2_q);
    end
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_stalled_q <= 1'b0;
      f_used_q    <= 32'd0;
    end else begin
      f_stalled_q <= out_valid_o && !out_ready_i;
      f_used_q    <= f_used_q + 32'(open_i) - 32'(record_done_o);
      assert (f_used_q == 32'(used_q) && f_used_q <= Records);
      assert (32'(new_q) < Records && 32'(old_q) < Records);
      assert (32'(new_q) == (32'(old_q) + f_used_q) % Records);
      if (record_done_o) assert (f_used_q != 32'd0);
      assert (!job_done_o || record_done_o);
      assert (unused_used <= 2'd2);
      assert (!(late1_q && late2_q) && (!(late1_q || late2_q) || fifo_ready));
      // An output leaves for a query alone, and together with what the divider offers.
      if (go_q) assert (there && !refused);
      if (refused_q) assert (there && refused);
      assert ((out_valid_o && out_ready_i) == (norm_valid_i && norm_ready_o));
      // What the divider offers stands until it is taken.
      if (f_stalled_q && norm_valid_i && norm_data_i == f_data_q) begin
        assert (out_valid_o && out_data_o == f_data_q && out_last_o == f_last_q);
      end
      cover (record_done_o && f_used_q == Records);
    end
    f_data_q <= out_data_o;
    f_last_q <= out_last_o;
  end
`endif

endmodule

`default_nettype wire
