// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Makes rows of biases for the core of words of 32-bit biases.
///
/// A bias saturates to BiasW bits; the smallest number of 32 bits becomes the smallest of the core,
/// which masks its key, and no other does. Rows are as many as the keys that the query sees need:
/// `first_i` + i + 1 of `keys_i` for query i of a causal job. The words behind them are dropped.
/// `begin_i` may rise when the query has gone; `job_last_i` says that it was the last of its job.
module hg_attention_feed_bias #(
  /// Keys of a row: a power of two, 1 to 64.
  parameter int Tokens = 1,
  /// Bits of a count of keys: 4 to 13.
  parameter int TokW = 11,
  /// Bits of a bias of the core: 19 to 33.
  parameter int BiasW = 32,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    begin_i,
  input  logic                    causal_i,
  input  logic [TokW-1:0]         first_i,
  input  logic                    job_last_i,
  input  logic [TokW-1:0]         keys_i,
  input  logic                    valid_i,
  output logic                    ready_o,
  input  logic [DataW-1:0]        data_i,
  input  logic                    row_last_i,
  output logic                    bias_valid_o,
  input  logic                    bias_ready_i,
  output logic [Tokens*BiasW-1:0] bias_data_o
);

  localparam int Lanes = DataW / 32;
  localparam int SumW  = TokW + 2;

  logic [Lanes*BiasW-1:0] bias;

  for (genvar i = 0; i < Lanes; i++) begin : gen_bias
    logic [31:0] raw;

    assign raw = data_i[32*i +: 32];

    if (BiasW > 32) begin : gen_wider
      localparam logic [BiasW-33:0] Rest = '0;

      assign bias[BiasW*i +: BiasW] = (raw == 32'h80000000) ? {1'b1, raw[30:0], Rest}
                                                            : {{(BiasW-32){raw[31]}}, raw};
    end else if (BiasW == 32) begin : gen_same
      assign bias[BiasW*i +: BiasW] = raw;
    end else begin : gen_narrower
      logic fits, masks;

      assign fits  = raw[31:BiasW-1] == {(33-BiasW){raw[31]}};
      assign masks = raw == 32'h80000000;
      // What does not fit, and what would be the smallest but is not, becomes the next.
      assign bias[BiasW*i +: BiasW] = masks ? {1'b1, {(BiasW-1){1'b0}}}
          : !fits ? {raw[31], {(BiasW-2){!raw[31]}}, 1'b1}
          : {raw[31], raw[BiasW-2:1], raw[0] || (raw[31] && raw[BiasW-2:1] == '0)};
    end
  end

  // Keys of the query whose biases are still wanted, and how far the query sees.
  logic            begun_q, take, ends, row_taken;
  logic [TokW-1:0] left_q, done_q, seen;
  logic [SumW-1:0] sight;

  assign sight = SumW'(first_i) + SumW'(done_q) + SumW'(1);
  assign seen  = (causal_i && sight < SumW'(keys_i)) ? sight[TokW-1:0] : keys_i;
  assign take  = valid_i && ready_o;
  assign ends  = take && row_last_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      begun_q <= 1'b0;
      done_q  <= '0;
    end else begin
      if (ends) begun_q <= 1'b0;
      else if (begin_i) begun_q <= 1'b1;
      // Queries of the job so far, as far as that can matter.
      if (ends) done_q <= job_last_i ? '0 : (done_q == '1) ? done_q : done_q + TokW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!begun_q) left_q <= seen;
    else if (row_taken) left_q <= (left_q > TokW'(Tokens)) ? left_q - TokW'(Tokens) : '0;
  end

  if (Tokens <= Lanes) begin : gen_parts
    // A word holds rows.
    localparam int Parts = Lanes / Tokens;
    localparam int PartW = hg_pkg::idx_width(Parts);

    logic [PartW-1:0] part_q;
    logic             last_part;

    assign last_part    = part_q == PartW'(Parts - 1) || left_q <= TokW'(Tokens);
    assign bias_valid_o = begun_q && valid_i && left_q != '0;
    assign row_taken    = bias_valid_o && bias_ready_i;
    assign ready_o      = begun_q && (left_q == '0 || (bias_ready_i && last_part));

    logic [Tokens*BiasW-1:0] first_part;
    assign first_part = bias[Tokens*BiasW-1:0];

    always_comb begin
      bias_data_o = first_part;
      for (int p = 1; p < Parts; p++) begin
        if (part_q == PartW'(p)) bias_data_o = bias[p*Tokens*BiasW +: Tokens*BiasW];
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) part_q <= '0;
      else if (take) part_q <= '0;
      else if (row_taken) part_q <= part_q + PartW'(1);
    end
  end else begin : gen_gather
    // A row takes several words.
    localparam int Parts = Tokens / Lanes;
    localparam int PartW = hg_pkg::idx_width(Parts);

    logic [PartW-1:0] part_q;
    logic             full_q;

    assign row_taken    = take && left_q != '0 && (part_q == PartW'(Parts - 1) || row_last_i);
    assign ready_o      = begun_q && (left_q == '0 || !full_q || bias_ready_i);
    assign bias_valid_o = full_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        part_q <= '0;
        full_q <= 1'b0;
      end else begin
        if (row_taken) full_q <= 1'b1;
        else if (bias_ready_i) full_q <= 1'b0;
        if (ends || row_taken) part_q <= '0;
        else if (take) part_q <= part_q + PartW'(1);
      end
    end

    for (genvar p = 0; p < Parts; p++) begin : gen_part
      logic [Lanes*BiasW-1:0] bias_q;

      always_ff @(posedge clk_i) begin
        if (take && left_q != '0 && part_q == PartW'(p)) bias_q <= bias;
      end

      assign bias_data_o[p*Lanes*BiasW +: Lanes*BiasW] = bias_q;
    end
  end

endmodule

`default_nettype wire
