// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Judges rows of bytes one after the other, for hg_attention_dispatch: `bits_i` is how many bits
/// the number of the last row has, and `rows_i` that number with its highest bit on top.
///
/// A request stands until `req_ready_o`, four cycles for one row and `bits_i` and eight for
/// several. Its verdict comes with `done_o` three cycles later, under its tag.
module hg_dispatch_rows (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  logic [5:0]  req_tag_i,
  input  logic [63:0] req_addr_i,
  input  logic [31:0] req_stride_i,
  input  logic [23:0] req_bytes_i,
  input  logic [11:0] req_rows_i,
  input  logic [3:0]  req_bits_i,
  input  logic [63:0] window_base_i,
  input  logic [63:0] window_end_i,
  output logic        done_o,
  output logic [5:0]  done_tag_o,
  output logic        bad_o
);

  typedef enum logic [1:0] {Rest, Multiply, Digits} state_e;
  state_e state_d, state_q;

  logic        many, start, busy, run, last;
  logic [3:0]  hot_q;
  logic [15:0] addr_digit, far_digit, bytes_digit;
  logic [5:0]  tag_q;
  logic [47:0] product;
  logic [63:0] far, bytes;

  assign many        = req_bits_i != 4'd0;
  assign start       = req_valid_i && state_q == Rest && many;
  assign run         = req_valid_i && (state_q == Digits || (state_q == Rest && !many));
  assign last        = hot_q[3];
  assign req_ready_o = run && last;
  assign far         = many ? {{16{product[47]}}, product} : 64'd0;
  assign bytes       = {40'd0, req_bytes_i};

  always_comb begin
    state_d = state_q;
    case (state_q)
      Rest:     if (start) state_d = Multiply;
      Multiply: if (!busy) state_d = Digits;
      Digits:   if (last) state_d = Rest;
      default:  state_d = Rest;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Rest;
      hot_q   <= 4'b0001;
    end else begin
      state_q <= state_d;
      if (run) hot_q <= {hot_q[2:0], hot_q[3]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_ready_o) tag_q <= req_tag_i;
  end

  hg_dispatch_distance u_distance (
    .clk_i,
    .rst_ni,
    .start_i   (start),
    .rows_i    (req_rows_i),
    .bits_i    (req_bits_i),
    .stride_i  (req_stride_i),
    .busy_o    (busy),
    .product_o (product)
  );

  hg_dispatch_digit u_addr (
    .hot_i   (hot_q),
    .word_i  (req_addr_i),
    .digit_o (addr_digit)
  );

  hg_dispatch_digit u_far (
    .hot_i   (hot_q),
    .word_i  (far),
    .digit_o (far_digit)
  );

  hg_dispatch_digit u_bytes (
    .hot_i   (hot_q),
    .word_i  (bytes),
    .digit_o (bytes_digit)
  );

  hg_dispatch_range u_range (
    .clk_i,
    .rst_ni,
    .valid_i (run),
    .hot_i   (hot_q),
    .addr_i  (addr_digit),
    .far_i   (far_digit),
    .bytes_i (bytes_digit),
    .down_i  (many && req_stride_i[31]),
    .window_base_i,
    .window_end_i,
    .done_o,
    .bad_o
  );

  // The next request needs four cycles at least, so that its tag comes later.
  assign done_tag_o = tag_q;

endmodule

`default_nettype wire
