// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Checks a command of a stream reader or a stream writer before anything is accessed.
///
/// A command names `rows` rows of `bytes` bytes each, whose first bytes are `stride` bytes apart.
/// Every byte must lie in the window from `range_base_i` on and below `range_end_i`. One command is
/// under way at a time. It leaves in the seventh cycle, counted from the one in which it was taken,
/// and with more than one row later by as many cycles as the number of the last row has bits, as
/// that number is multiplied by the stride bit by bit. Addresses are added and compared in segments
/// of 16 bits, from the lowest one on.
///
/// The code says why a command is refused: 1 bytes are 0 or more than 2^20, 2 rows are 0 or more
/// than 2^16, 3 a row begins below address 0 or ends above 2^64, 4 a row is not inside the window;
/// the lowest one counts. 0 is a command to be carried out; bytes and rows leave less one. The
/// window must not change while a command is under way.
module hg_stream_check (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        in_valid_i,
  output logic        in_ready_o,
  input  logic [63:0] in_addr_i,
  input  logic [20:0] in_bytes_i,
  input  logic [16:0] in_rows_i,
  input  logic [31:0] in_stride_i,
  input  logic [63:0] range_base_i,
  input  logic [63:0] range_end_i,
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic [63:0] out_addr_o,
  output logic [19:0] out_bytes_m1_o,
  output logic [15:0] out_rows_m1_o,
  output logic [31:0] out_stride_o,
  output logic [2:0]  out_code_o
);

  typedef enum logic [2:0] {
    Idle,
    Multiply,
    Seg0,
    Seg1,
    Seg2,
    Seg3,
    Last,
    Verdict
  } state_e;

  state_e state_d, state_q;

  logic        take, multiplies;
  logic [63:0] addr_q;
  logic [20:0] bytes_m1_q;
  logic [16:0] rows_m1_q, left_q, rows_m1;
  logic [31:0] stride_q;
  logic        bytes_bad_q, rows_bad_q, one_row, last_bit;

  assign in_ready_o = state_q == Idle;
  assign take       = in_valid_i && in_ready_o;
  assign rows_m1    = in_rows_i - 17'd1;
  assign one_row    = in_rows_i == 17'd1;
  assign last_bit   = left_q[16:1] == '0;
  assign multiplies = state_q == Multiply;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (take && one_row) state_d = Seg0;
        else if (take) state_d = Multiply;
      end
      Multiply: if (last_bit) state_d = Seg0;
      Seg0:     state_d = Seg1;
      Seg1:     state_d = Seg2;
      Seg2:     state_d = Seg3;
      Seg3:     state_d = Last;
      Last:     state_d = Verdict;
      Verdict:  if (out_ready_i) state_d = Idle;
      default:  state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      addr_q      <= in_addr_i;
      bytes_m1_q  <= in_bytes_i - 21'd1;
      rows_m1_q   <= rows_m1;
      stride_q    <= in_stride_i;
      bytes_bad_q <= in_bytes_i == '0 || (in_bytes_i[20] && in_bytes_i[19:0] != '0);
      rows_bad_q  <= in_rows_i == '0 || (in_rows_i[16] && in_rows_i[15:0] != '0);
      left_q      <= rows_m1;
    end else if (multiplies) begin
      left_q <= {1'b0, left_q[16:1]};
    end
  end

  logic [47:0] stride;
  assign stride = {{16{in_stride_i[31]}}, in_stride_i};

  // Where the last row begins, signed. Each segment adds a multiple of the stride, or nothing, a
  // cycle behind the one below it: `run` and `add` are what that one did, and the multiple of the
  // stride goes up by a bit with each step.
  for (genvar s = 0; s < 4; s++) begin : gen_seg
    localparam int Own = (s == 3) ? 18 : 16;
    logic           run, add, carry, run_q, add_q, carry_q;
    logic [Own-1:0] multiple, part_q;
    logic [Own:0]   sum;
    assign sum = {1'b0, part_q} + {1'b0, add ? multiple : '0} + (Own + 1)'(carry);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) run_q <= 1'b0;
      else run_q <= run;
    end

    always_ff @(posedge clk_i) begin
      add_q   <= add;
      carry_q <= sum[Own];
      if (take) part_q <= Own'(in_addr_i[16*s +: 16]);
      else if (run) part_q <= sum[Own-1:0];
    end

    if (s == 0) begin : gen_lowest
      assign run   = multiplies;
      assign add   = left_q[0];
      assign carry = 1'b0;
    end else begin : gen_above
      assign run   = gen_seg[s-1].run_q;
      assign add   = gen_seg[s-1].add_q;
      assign carry = gen_seg[s-1].carry_q;
    end

    if (s < 3) begin : gen_multiple
      logic [15:0] multiple_q;
      logic        over_q, in_bit;
      if (s == 0) begin : gen_zero
        assign in_bit = 1'b0;
      end else begin : gen_bit
        assign in_bit = gen_seg[s-1].gen_multiple.over_q;
      end
      always_ff @(posedge clk_i) begin
        over_q <= multiple_q[15];
        if (take) multiple_q <= stride[16*s +: 16];
        else if (run) multiple_q <= {multiple_q[14:0], in_bit};
      end
      assign multiple = multiple_q;
      if (s == 2) begin : gen_last
        logic unused_over;
        assign unused_over = over_q;
      end
    end else begin : gen_sign
      logic unused_run;
      assign multiple   = {18{stride_q[31]}};
      assign unused_run = &{run_q, add_q, carry_q};
    end
  end

  // The segment of the cycle: of the row that begins first, that of the byte behind the row that
  // begins last, and that of the window. Ends are compared a cycle later.
  logic [15:0] addr_seg, far_seg, base_seg, bound_seg, bytes_seg, first_seg, top_seg, end_q;
  logic [16:0] end_sum;
  logic        down, far_above, far_below, more_q;

  assign addr_seg  = (state_q == Seg0) ? addr_q[15:0] : (state_q == Seg1) ? addr_q[31:16]
      : (state_q == Seg2) ? addr_q[47:32] : addr_q[63:48];
  assign far_seg   = (state_q == Seg0) ? gen_seg[0].part_q : (state_q == Seg1) ? gen_seg[1].part_q
      : (state_q == Seg2) ? gen_seg[2].part_q : gen_seg[3].part_q[15:0];
  assign base_seg  = (state_q == Seg0) ? range_base_i[15:0]
      : (state_q == Seg1) ? range_base_i[31:16]
      : (state_q == Seg2) ? range_base_i[47:32] : range_base_i[63:48];
  assign bound_seg = (state_q == Seg1) ? range_end_i[15:0] : (state_q == Seg2) ? range_end_i[31:16]
      : (state_q == Seg3) ? range_end_i[47:32] : range_end_i[63:48];
  assign bytes_seg = (state_q == Seg0) ? bytes_m1_q[15:0]
      : (state_q == Seg1) ? 16'(bytes_m1_q[20:16]) : 16'd0;

  assign down      = stride_q[31];
  assign first_seg = down ? far_seg : addr_seg;
  assign top_seg   = down ? addr_seg : far_seg;
  assign far_above = gen_seg[3].part_q[16];
  assign far_below = gen_seg[3].part_q[17];
  assign end_sum   = {1'b0, top_seg} + {1'b0, bytes_seg} + 17'(state_q == Seg0 || more_q);

  logic base_above_q, end_above_q, end_zero_q, below_q, above_q;
  logic wraps, outside;

  always_ff @(posedge clk_i) begin
    end_q  <= end_sum[15:0];
    more_q <= end_sum[16];
    if (state_q == Idle || state_q == Multiply) begin
      base_above_q <= 1'b0;
    end else if (state_q != Last && state_q != Verdict) begin
      base_above_q <= first_seg < base_seg || (first_seg == base_seg && base_above_q);
    end
    if (state_q == Seg0) begin
      end_above_q <= 1'b0;
      end_zero_q  <= 1'b1;
    end else if (state_q != Verdict) begin
      end_above_q <= end_q > bound_seg || (end_q == bound_seg && end_above_q);
      end_zero_q  <= end_zero_q && end_q == '0;
    end
    // Exactly 2^64 is no wrap, but above any window.
    if (state_q == Seg3) begin
      below_q <= down && far_below;
      above_q <= end_sum[16] || (!down && far_above);
    end
  end

  assign wraps   = below_q || (above_q && !end_zero_q);
  assign outside = base_above_q || end_above_q || above_q;

  always_comb begin
    out_code_o = 3'd0;
    if (bytes_bad_q) out_code_o = 3'd1;
    else if (rows_bad_q) out_code_o = 3'd2;
    else if (wraps) out_code_o = 3'd3;
    else if (outside) out_code_o = 3'd4;
  end

  assign out_valid_o    = state_q == Verdict;
  assign out_addr_o     = addr_q;
  assign out_bytes_m1_o = bytes_m1_q[19:0];
  assign out_rows_m1_o  = rows_m1_q[15:0];
  assign out_stride_o   = stride_q;

  logic unused_high;
  assign unused_high = rows_m1_q[16];

endmodule

`default_nettype wire
