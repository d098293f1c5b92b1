// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none

/// A slow, obvious top-k engine with the ports of the real ones: collects the keys of a query,
/// ranks each against all others, and sends the survivors. It exists to test the test bench, which
/// must accept it as it is and reject every broken copy of it. Not synthesisable at sensible cost.
module toy_topk #(
  parameter int Lanes = 4,
  parameter int KeyW = 8,
  parameter int Signed = 1,
  parameter int MaxN = 64,
  parameter int Capacity = 16,
  parameter int DigitW = 4,
  localparam int IdxW = $clog2(MaxN),
  localparam int CntW = $clog2(MaxN + 1)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   key_valid_i,
  output logic                   key_ready_o,
  input  logic                   key_last_i,
  input  logic [Lanes-1:0]       key_keep_i,
  input  logic [Lanes*KeyW-1:0]  key_data_i,
  input  logic [CntW-1:0]        key_k_i,
  output logic                   res_valid_o,
  input  logic                   res_ready_i,
  output logic                   res_last_o,
  output logic [Lanes-1:0]       res_keep_o,
  output logic [Lanes*KeyW-1:0]  res_data_o,
  output logic [Lanes*IdxW-1:0]  res_index_o,
  output logic [KeyW-1:0]        res_threshold_o,
  output logic [CntW-1:0]        res_count_o
);
  logic signed [KeyW:0] key_q [0:MaxN-1];
  logic [CntW:0] n_q, k_q, count_q, sent_q, rank_d;
  logic [KeyW-1:0] out_key_q [0:MaxN-1];
  logic [IdxW-1:0] out_idx_q [0:MaxN-1];
  logic [KeyW-1:0] threshold_q;
  logic first_q, send_q;
  logic signed [KeyW:0] weakest;

  assign key_ready_o = !send_q;
  assign res_valid_o = send_q;
  assign res_threshold_o = threshold_q;
  assign res_count_o = count_q[CntW-1:0];
  assign res_last_o = 32'(sent_q) + Lanes >= 32'(count_q);

  always_comb begin
    res_keep_o = '0;
    res_data_o = '0;
    res_index_o = '0;
    for (int l = 0; l < Lanes; l++) begin
      if (32'(sent_q) + l < 32'(count_q)) begin
        res_keep_o[l] = 1'b1;
        res_data_o[l*KeyW+:KeyW] = out_key_q[32'(sent_q)+l];
        res_index_o[l*IdxW+:IdxW] = out_idx_q[32'(sent_q)+l];
      end
    end
  end

  // Blocking assignments throughout: one process owns all of the state.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      n_q = '0;
      first_q = 1'b1;
      send_q = 1'b0;
      sent_q = '0;
      count_q = '0;
      threshold_q = '0;
    end else if (!send_q) begin
      if (key_valid_i) begin
        if (first_q) k_q = {1'b0, key_k_i};
        first_q = 1'b0;
        for (int l = 0; l < Lanes; l++) begin
          if (key_keep_i[l]) begin
            key_q[n_q] = {(Signed != 0) & key_data_i[l*KeyW+KeyW-1], key_data_i[l*KeyW+:KeyW]};
            n_q = n_q + 1'b1;
          end
        end
        if (key_last_i) begin
          weakest = '0;
          count_q = '0;
          for (int i = 0; i < 32'(n_q); i++) begin
            rank_d = '0;
            for (int j = 0; j < 32'(n_q); j++) begin
              if (key_q[j] > key_q[i] || (key_q[j] == key_q[i] && j < i)) rank_d = rank_d + 1'b1;
            end
            if (rank_d < k_q) begin
              if (count_q == '0 || key_q[i] < weakest) weakest = key_q[i];
              out_key_q[count_q] = key_q[i][KeyW-1:0];
              out_idx_q[count_q] = IdxW'(i);
              count_q = count_q + 1'b1;
            end
          end
          threshold_q = weakest[KeyW-1:0];
          send_q = 1'b1;
          sent_q = '0;
          n_q = '0;
          first_q = 1'b1;
        end
      end
    end else if (res_ready_i) begin
      if (res_last_o) send_q = 1'b0;
      sent_q = sent_q + Lanes[CntW:0];
    end
  end

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (rst_ni && key_valid_i && !key_last_i && !(&key_keep_i)) $error("%m: short beat is not last");
  end
`endif
endmodule

`default_nettype wire
