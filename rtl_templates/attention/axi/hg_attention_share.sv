// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Lets several sources use one hg_stream_writer, one after the other: a source gives no command
/// while commands of another have not been answered. Combinational but for who was last.
module hg_attention_share #(
  /// Sources: 1 to 3.
  parameter int Sources = 3,
  /// Bits of a word: a power of two, 64 to 512.
  parameter int DataW = 64
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // The sources, source 0 in the low bits.
  input  logic [Sources-1:0]       s_cmd_valid_i,
  output logic [Sources-1:0]       s_cmd_ready_o,
  input  logic [Sources*64-1:0]    s_cmd_addr_i,
  input  logic [Sources*21-1:0]    s_cmd_bytes_i,
  input  logic [Sources*17-1:0]    s_cmd_rows_i,
  input  logic [Sources*32-1:0]    s_cmd_stride_i,
  input  logic [Sources-1:0]       s_word_valid_i,
  output logic [Sources-1:0]       s_word_ready_o,
  input  logic [Sources*DataW-1:0] s_word_data_i,
  output logic [Sources-1:0]       s_done_valid_o,
  input  logic [Sources-1:0]       s_done_ready_i,
  // The writer.
  output logic                     cmd_valid_o,
  input  logic                     cmd_ready_i,
  output logic [63:0]              cmd_addr_o,
  output logic [20:0]              cmd_bytes_o,
  output logic [16:0]              cmd_rows_o,
  output logic [31:0]              cmd_stride_o,
  output logic                     word_valid_o,
  input  logic                     word_ready_i,
  output logic [DataW-1:0]         word_data_o,
  input  logic                     done_valid_i,
  output logic                     done_ready_o
);

  if (Sources == 1) begin : gen_alone
    logic unused_clock;

    assign unused_clock   = clk_i ^ rst_ni;
    assign cmd_valid_o    = s_cmd_valid_i[0];
    assign s_cmd_ready_o  = cmd_ready_i;
    assign cmd_addr_o     = s_cmd_addr_i[63:0];
    assign cmd_bytes_o    = s_cmd_bytes_i[20:0];
    assign cmd_rows_o     = s_cmd_rows_i[16:0];
    assign cmd_stride_o   = s_cmd_stride_i[31:0];
    assign word_valid_o   = s_word_valid_i[0];
    assign s_word_ready_o = word_ready_i;
    assign word_data_o    = s_word_data_i[DataW-1:0];
    assign s_done_valid_o = done_valid_i;
    assign done_ready_o   = s_done_ready_i[0];
  end else begin : gen_shared
    // The source whose command was taken last.
    logic [Sources-1:0] owner_q, pick;

    always_comb begin
      pick         = '0;
      cmd_addr_o   = '0;
      cmd_bytes_o  = '0;
      cmd_rows_o   = '0;
      cmd_stride_o = '0;
      word_data_o  = '0;
      for (int i = Sources - 1; i >= 0; i--) begin
        if (s_cmd_valid_i[i]) begin
          pick         = '0;
          pick[i]      = 1'b1;
          cmd_addr_o   = s_cmd_addr_i[64*i +: 64];
          cmd_bytes_o  = s_cmd_bytes_i[21*i +: 21];
          cmd_rows_o   = s_cmd_rows_i[17*i +: 17];
          cmd_stride_o = s_cmd_stride_i[32*i +: 32];
        end
        if (owner_q[i]) word_data_o = s_word_data_i[DataW*i +: DataW];
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) owner_q <= '0;
      else if (cmd_valid_o && cmd_ready_i) owner_q <= pick;
    end

    assign cmd_valid_o    = s_cmd_valid_i != '0;
    assign s_cmd_ready_o  = pick & {Sources{cmd_ready_i}};
    assign word_valid_o   = (s_word_valid_i & owner_q) != '0;
    assign s_word_ready_o = owner_q & {Sources{word_ready_i}};
    assign s_done_valid_o = owner_q & {Sources{done_valid_i}};
    assign done_ready_o   = (s_done_ready_i & owner_q) != '0;

`ifndef SYNTHESIS
`ifndef YOSYS
    // Commands that have not been answered.
    logic [7:0] open_q;
    logic       seen_q;

    always @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        open_q <= '0;
        seen_q <= 1'b0;
      end else begin
        open_q <= open_q + 8'(cmd_valid_o && cmd_ready_i) - 8'(done_valid_i && done_ready_o);
        seen_q <= 1'b1;
      end
    end

    always @(posedge clk_i) begin
      if (seen_q && cmd_valid_o && open_q != '0 && pick != owner_q) begin
        $error("%m: a command beside those of another source");
      end
    end
`endif
`endif
  end

endmodule

`default_nettype wire
