// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Finds the digit at which the `rank_i`-th largest key of a query lies.
///
/// Beats of digits stream in; for every digit value b the block counts the active keys whose
/// digit is at least b. The counts are cumulative from the top, so the answer is one comparison
/// per count: the largest b whose count still reaches the rank. No suffix sum, no second pass.
///
/// Handshake: beats are taken unconditionally, one a cycle. `rank_i` must be stable from four
/// cycles after the last beat until the find is taken. `find_*` is valid five cycles after the last
/// beat and stands until `find_ready_i`; the counts of the next query must not arrive before
/// that, so a beat may enter no earlier than three cycles before the find is taken.
/// A rank of 0 finds the largest digit with nothing above it.
module hg_topk_rank #(
  /// Keys a beat; a power of two, 1 and up.
  parameter int Lanes = 16,
  /// Bits of a digit, 1 to 6.
  parameter int DigitW = 4,
  /// Bits of a count; 2**CntW exceeds the keys of a query.
  parameter int CntW = 11
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    beat_valid_i,
  input  logic                    beat_first_i,
  input  logic                    beat_last_i,
  input  logic [Lanes-1:0]        beat_active_i,
  input  logic [Lanes*DigitW-1:0] beat_digit_i,
  input  logic [CntW-1:0]         rank_i,
  output logic                    find_valid_o,
  input  logic                    find_ready_i,
  output logic [DigitW-1:0]       find_digit_o,
  output logic [CntW-1:0]         find_above_o
);

  if (DigitW < 1 || DigitW > 6) begin : gen_illegal
    ERROR_hg_topk_rank_DigitW_must_be_1_to_6 u_illegal ();
  end

  // One count per digit value but 0, which every active key reaches.
  localparam int Counts = 2 ** DigitW - 1;
  // The lanes are counted in two registered steps of about equal depth.
  localparam int Group  = 2 ** ($clog2(Lanes + 1) / 2);
  localparam int Groups = (Lanes + Group - 1) / Group;
  localparam int PartW  = hg_pkg::cnt_width(Group);
  localparam int AllW   = hg_pkg::cnt_width(Lanes);
  // A query may be shorter than a beat is wide.
  localparam int SumW   = (AllW < CntW) ? AllW : CntW;

  logic                    digit_first_q, part_first_q, sum_first_q;
  logic                    digit_last_q, part_last_q, sum_last_q, count_last_q;
  logic                    find_valid_q;
  logic [Lanes-1:0]        active_q;
  logic [Lanes*DigitW-1:0] digit_q;
  logic [Counts*CntW-1:0]  count_q;
  logic [Counts-1:0]       enough_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      digit_last_q <= 1'b0;
      part_last_q  <= 1'b0;
      sum_last_q   <= 1'b0;
      count_last_q <= 1'b0;
      find_valid_q <= 1'b0;
    end else begin
      digit_last_q <= beat_valid_i && beat_last_i;
      part_last_q  <= digit_last_q;
      sum_last_q   <= part_last_q;
      count_last_q <= sum_last_q;
      if (count_last_q) find_valid_q <= 1'b1;
      else if (find_ready_i) find_valid_q <= 1'b0;
    end
  end

  // A cycle without a beat counts as a beat without keys, so that no count needs an enable.
  always_ff @(posedge clk_i) begin
    digit_first_q <= beat_valid_i && beat_first_i;
    part_first_q  <= digit_first_q;
    sum_first_q   <= part_first_q;
    active_q      <= beat_active_i & {Lanes{beat_valid_i}};
    digit_q       <= beat_digit_i;
  end

  for (genvar b = 0; b < Counts; b++) begin : gen_count
    logic [Lanes-1:0]        reach;
    logic [Groups*PartW-1:0] part_d, part_q;
    logic [SumW-1:0]         sum_d, sum_q;
    logic [CntW-1:0]         count_d;

    for (genvar i = 0; i < Lanes; i++) begin : gen_reach
      assign reach[i] = active_q[i] && digit_q[i*DigitW +: DigitW] > DigitW'(b);
    end

    for (genvar g = 0; g < Groups; g++) begin : gen_part
      localparam int Low = g * Group;
      localparam int Own = (Low + Group > Lanes) ? Lanes - Low : Group;
      logic [PartW-1:0] part;
      always_comb begin
        part = '0;
        for (int i = Low; i < Low + Own; i++) part = part + PartW'(reach[i]);
      end
      assign part_d[g*PartW +: PartW] = part;
    end

    always_comb begin
      sum_d = '0;
      for (int g = 0; g < Groups; g++) sum_d = sum_d + SumW'(part_q[g*PartW +: PartW]);
    end

    assign count_d = (sum_first_q ? '0 : count_q[b*CntW +: CntW]) + CntW'(sum_q);

    always_ff @(posedge clk_i) begin
      part_q <= part_d;
      sum_q  <= sum_d;
      count_q[b*CntW +: CntW] <= count_d;
      if (count_last_q) enough_q[b] <= count_q[b*CntW +: CntW] >= rank_i;
    end
  end

  // The counts fall as b rises, so `enough_q` is a run of ones: the digit is its length, and the
  // first count that is too small is what lies above that digit.
  always_comb begin
    find_digit_o = '1;
    find_above_o = '0;
    for (int b = 0; b < Counts; b++) begin
      if (!enough_q[b] && (b == 0 || enough_q[(b == 0) ? 0 : b-1])) begin
        find_digit_o = DigitW'(b);
        find_above_o = count_q[b*CntW +: CntW];
      end
    end
  end

  assign find_valid_o = find_valid_q;

`ifndef SYNTHESIS
`ifndef YOSYS
  always @(posedge clk_i) begin
    if (find_valid_q && !find_ready_i && sum_first_q) begin
      $error("%m: counts overwritten before the find was taken");
    end
    if (find_valid_q && rank_i != '0 && find_above_o >= rank_i) begin
      $error("%m: the find lies below the rank");
    end
  end
`endif
`endif

`ifdef HG_FORMAL
  // Against every digit `f_digit`: how many active digits of the query reach it and exceed it,
  // counted in one step and in one register, and carried beside the block's stages.
  (* anyconst *) logic [DigitW-1:0] f_digit;
  logic                f_seen_q, f_open_q;
  logic [CntW:0]       f_reach_q, f_over_q, f_reach, f_over;
  logic [4*(CntW+1)-1:0] f_reach_past_q, f_over_past_q;
  logic [CntW:0]       f_all_q, f_all;
  logic [4:0]          f_last_q;
  logic                f_found_q;
  logic [2:0]          f_idle_q;
  logic [CntW-1:0]     f_rank_q;
  logic [CntW:0]       f_find_reach_q, f_find_over_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;

  always_comb begin
    f_reach = beat_first_i ? '0 : f_reach_q;
    f_over  = beat_first_i ? '0 : f_over_q;
    f_all   = beat_first_i ? '0 : f_all_q;
    for (int i = 0; i < Lanes; i++) begin
      if (beat_active_i[i]) begin
        f_all = f_all + (CntW + 1)'(1);
        if (beat_digit_i[i*DigitW +: DigitW] >= f_digit) f_reach = f_reach + (CntW + 1)'(1);
        if (beat_digit_i[i*DigitW +: DigitW] > f_digit) f_over = f_over + (CntW + 1)'(1);
      end
    end
  end

  // The contract: queries begin with `first`, hold fewer than 2**CntW keys, and one is found and
  // taken before the next begins; its rank stands from the last beat on and is at most its keys.
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (rst_ni && beat_valid_i) begin
      assume (beat_first_i == !f_open_q);
      assume (f_all[CntW] == 1'b0);
      assume (f_last_q == 5'd0 && !f_found_q);
    end
    if (rst_ni && (f_last_q != 5'd0 || f_found_q)) begin
      assume (rank_i == f_rank_q || f_last_q[0]);
      assume ({1'b0, rank_i} <= f_all_q);
    end
  end

  always @(posedge clk_i) begin
    f_rank_q <= rank_i;
    if (!rst_ni) begin
      f_open_q  <= 1'b0;
      f_last_q  <= 5'd0;
      f_found_q <= 1'b0;
    end else begin
      f_last_q <= {f_last_q[3:0], beat_valid_i && beat_last_i};
      if (f_last_q[3]) f_found_q <= 1'b1;
      else if (find_ready_i) f_found_q <= 1'b0;
      if (beat_valid_i) begin
        f_open_q  <= !beat_last_i;
        f_reach_q <= f_reach;
        f_over_q  <= f_over;
        f_all_q   <= f_all;
      end
    end
    if (rst_ni) begin
      assert (find_valid_o == f_found_q);
      if (find_valid_o) begin
        if (find_digit_o == f_digit) begin
          assert ({1'b0, find_above_o} == f_over_q);
          assert (f_digit == '0 || f_reach_q >= {1'b0, rank_i});
          assert (f_over_q < {1'b0, rank_i} || (rank_i == '0 && f_over_q == '0));
        end
        if (find_digit_o < f_digit) assert (f_reach_q < {1'b0, rank_i});
        cover (find_digit_o == f_digit && f_over_q > (CntW + 1)'(1));
      end
    end
  end
`endif

endmodule

`default_nettype wire
