// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Carries out products: a descriptor becomes tiles of the array, and commands of the readers of
/// weights and activations and of the writer of outputs.
///
/// Descriptors are judged as a whole first; a wrong one does nothing. Records of tiles are fetched
/// four at a time. Each is judged before its tile begins; a wrong one ends the command there, and
/// the tiles before it go on to their end. Addresses are made 16 bits per cycle. The answer comes
/// when all readers and the writer have answered and all sums have left the array, as N is a level;
/// one command is under way at a time. Formats, codes and their order: doc/commands.md.
module hg_figs_dispatch #(
  /// Rows of the array.
  parameter int Rows = 16,
  /// Lanes of the array.
  parameter int Lanes = 4,
  /// Bytes of a row of packed weights: a multiple of 8.
  parameter int RowBytes = 8,
  /// Log2 of the bytes of an activation: 0 or 1.
  parameter int ActLog = 0,
  /// Log2 of the bytes of an output: 2 or 3.
  parameter int OutLog = 2,
  /// Most tokens of a tile: a power of two.
  parameter int MaxT = 512,
  /// Log2 of the fewest weights of a block.
  parameter int LogMin = 0,
  /// Log2 of the most weights of a block.
  parameter int LogMost = 2,
  /// Log2 of the rows of a group.
  parameter int LogGroup = 2,
  /// Bits of a beat of memory: a power of two, 64 to 512.
  parameter int DataW = 64,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT)
) (
  /// Clock, rising edge.
  input  logic               clk_i,
  /// Asynchronous reset, active low.
  input  logic               rst_ni,
  /// First byte of the window.
  input  logic [63:0]        window_base_i,
  /// The byte behind its last.
  input  logic [63:0]        window_end_i,
  /// AxPROT of bursts that begin.
  input  logic [2:0]         axprot_i,
  /// AxCACHE of bursts that begin.
  input  logic [3:0]         axcache_i,
  /// A descriptor is offered.
  input  logic               desc_valid_i,
  /// It is taken.
  output logic               desc_ready_o,
  /// Its bytes.
  input  logic [511:0]       desc_data_i,
  /// What the ring found wrong with it, or 0.
  input  logic [7:0]         desc_code_i,
  /// A descriptor has ended.
  output logic               done_valid_o,
  /// The answer is taken.
  input  logic               done_ready_i,
  /// How it ended.
  output logic [7:0]         done_code_o,
  /// The address of its error, or 0.
  output logic [63:0]        done_addr_o,
  /// Tiles that were carried out.
  output logic [31:0]        done_count_o,
  /// A command is under way.
  output logic               busy_o,
  /// A tile is described to the array.
  output logic               tile_valid_o,
  /// The array takes it.
  input  logic               tile_ready_i,
  /// Its sums start from 0.
  output logic               tile_first_o,
  /// Its sums leave.
  output logic               tile_last_o,
  /// Tokens of every tile of the command.
  output logic [TokensW-1:0] tokens_o,
  /// Log2 of the weights of a block, of every tile of the command.
  output logic [2:0]         log_n_o,
  /// Rows are announced to the feed of weights.
  output logic               weight_rows_valid_o,
  /// It has room.
  input  logic               weight_rows_ready_i,
  /// Weights are to be read.
  output logic               weight_valid_o,
  /// The reader takes the command.
  input  logic               weight_ready_i,
  /// Their address.
  output logic [63:0]        weight_addr_o,
  /// Bytes of a row, which is the stride as well.
  output logic [20:0]        weight_bytes_o,
  /// Rows.
  output logic [16:0]        weight_rows_o,
  /// A command of this reader was answered.
  input  logic               weight_ended_i,
  /// How.
  input  logic [2:0]         weight_code_i,
  /// The reader holds an error.
  input  logic               weight_error_i,
  /// Its address.
  input  logic [63:0]        weight_error_addr_i,
  /// Tokens are announced to the feed of activations.
  output logic               act_rows_valid_o,
  /// It has room.
  input  logic               act_rows_ready_i,
  /// Activations are to be read.
  output logic               act_valid_o,
  /// The reader takes the command.
  input  logic               act_ready_i,
  /// Their address.
  output logic [63:0]        act_addr_o,
  /// Bytes of a token.
  output logic [20:0]        act_bytes_o,
  /// Bytes from a token to the next.
  output logic [31:0]        act_stride_o,
  /// A command of this reader was answered.
  input  logic               act_ended_i,
  /// How.
  input  logic [2:0]         act_code_i,
  /// The reader holds an error.
  input  logic               act_error_i,
  /// Its address.
  input  logic [63:0]        act_error_addr_i,
  /// Outputs are to be written.
  output logic               out_valid_o,
  /// The writer takes the command.
  input  logic               out_ready_i,
  /// Their address.
  output logic [63:0]        out_addr_o,
  /// Bytes of a token.
  output logic [20:0]        out_bytes_o,
  /// Bytes from a token to the next.
  output logic [31:0]        out_stride_o,
  /// A command of the writer was answered.
  input  logic               out_ended_i,
  /// How.
  input  logic [2:0]         out_code_i,
  /// The sums of a token have left the array.
  input  logic               sums_i,
  /// The address of the first error that the writer holds.
  input  logic [63:0]        out_error_addr_i,
  /// Errors of readers and writer are forgotten.
  output logic               error_clear_o,
  /// Records are to be fetched.
  output logic               mem_arvalid_o,
  /// The memory takes the address.
  input  logic               mem_arready_i,
  /// The address.
  output logic [63:0]        mem_araddr_o,
  /// Beats less one.
  output logic [7:0]         mem_arlen_o,
  /// AxPROT.
  output logic [2:0]         mem_arprot_o,
  /// AxCACHE.
  output logic [3:0]         mem_arcache_o,
  /// A beat comes.
  input  logic               mem_rvalid_i,
  /// Always set.
  output logic               mem_rready_o,
  /// Its data.
  input  logic [DataW-1:0]   mem_rdata_i,
  /// Whether that went well.
  input  logic [1:0]         mem_rresp_i,
  /// The last of the burst.
  input  logic               mem_rlast_i
);

  localparam logic [7:0] Fetch     = 8'd16;
  localparam logic [7:0] UnknownOp = 8'd17;
  localparam logic [7:0] Reserved  = 8'd18;
  localparam logic [7:0] Alignment = 8'd19;
  localparam logic [7:0] Window    = 8'd20;
  localparam logic [7:0] Queries   = 8'd23;
  localparam logic [7:0] List      = 8'd26;
  localparam logic [7:0] Pattern   = 8'd28;
  localparam logic [7:0] Read      = 8'd48;
  localparam logic [7:0] Write     = 8'd50;
  localparam logic [31:0] TileBytes = 32'(Rows * RowBytes);

  typedef enum logic [3:0] {
    Idle,
    Check,
    Block,
    Look,
    Ask,
    Fill,
    Tile,
    Locate,
    Issue,
    Drain,
    Answer
  } state_e;

  state_e state_q, state_d;

  // The descriptor.
  logic [511:0] desc_q;
  logic [63:0]  weights, acts, outs, list;
  logic [15:0]  count, tokens, left_q;
  logic [7:0]   code_q, verdict, log_n, op;
  logic [63:0]  fault_q, fault;
  logic         take, odd_w, odd_a, odd_o, odd_l, odd_stride, reserved, too_many, none;

  assign op         = desc_q[7:0];
  assign weights    = desc_q[128+:64];
  assign acts       = desc_q[192+:64];
  assign outs       = desc_q[256+:64];
  assign list       = desc_q[320+:64];
  assign count      = desc_q[448+:16];
  assign tokens     = desc_q[464+:16];
  assign log_n      = desc_q[480+:8];
  assign odd_w      = weights[2:0] != '0;
  assign odd_a      = acts[2:0] != '0;
  assign odd_o      = outs[2:0] != '0;
  assign odd_l      = list[5:0] != '0;
  assign odd_stride = desc_q[384+:3] != '0 || desc_q[416+:3] != '0;
  assign reserved   = desc_q[10+:6] != '0 || desc_q[16+:16] != '0 || desc_q[488+:24] != '0;
  assign too_many   = tokens == '0 || tokens > 16'(MaxT);
  assign none       = {1'b0, log_n} + 9'd1 <= 9'(LogMin) || log_n > 8'(LogMost);
  assign take       = desc_valid_i && desc_ready_o;

  always_comb begin
    verdict = 8'd0;
    fault   = 64'd0;
    if (op != 8'd5) verdict = UnknownOp;
    else if (reserved) verdict = Reserved;
    else if (odd_w || odd_a || odd_o || odd_l || odd_stride) verdict = Alignment;
    else if (too_many) verdict = Queries;
    else if (count == '0) verdict = List;
    else if (none) verdict = Pattern;
    if (odd_w) fault = weights;
    else if (odd_a) fault = acts;
    else if (odd_o) fault = outs;
    else if (odd_l) fault = list;
  end

  always_ff @(posedge clk_i) begin
    if (take) desc_q <= desc_data_i;
  end

  // The block of records, and the record that is next.
  logic         word_valid, word_ready, word_error, checked, fits, look, unused_ready, unused_idle;
  logic [511:0] word, records_q;
  logic [63:0]  word_addr, list_q;
  logic [1:0]   place_q, step_q;
  logic         fresh_q, carry_list_q, last_q, bad_bits, bad_order, begun_q;
  logic [16:0]  sum_list;
  logic [127:0] tile;

  assign tile      = records_q[127:0];
  assign bad_bits  = tile[66+:30] != '0 || tile[96+:32] != '0;
  assign bad_order = tile[64] != last_q || (left_q == 16'd1 && !tile[65]);
  assign look      = state_q == Block && step_q == 2'd3;
  assign sum_list  = {1'b0, list_q[15:0]} + ((step_q == 2'd0 && !fresh_q) ? 17'd64 : 17'd0)
      + {16'd0, carry_list_q};

  hg_ring_window u_window (
    .clk_i,
    .rst_ni,
    .start_i       (look),
    .addr_i        (list_q),
    .mask_i        (6'd63),
    .window_base_i,
    .window_end_i,
    .done_o        (checked),
    .inside_o      (fits)
  );

  logic [0:0] unused_arid;
  logic [2:0] unused_arsize;
  logic [1:0] unused_arburst;

  hg_axi_fetch #(
    .DataW (DataW),
    .Bytes (64)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .cmd_valid_i   (state_q == Ask),
    .cmd_ready_o   (unused_ready),
    .cmd_addr_i    (list_q),
    .axprot_i,
    .axcache_i,
    .out_valid_o   (word_valid),
    .out_ready_i   (word_ready),
    .out_data_o    (word),
    .out_error_o   (word_error),
    .out_addr_o    (word_addr),
    .idle_o        (unused_idle),
    .mem_arvalid_o,
    .mem_arready_i,
    .mem_araddr_o,
    .mem_arid_o    (unused_arid),
    .mem_arlen_o,
    .mem_arsize_o  (unused_arsize),
    .mem_arburst_o (unused_arburst),
    .mem_arprot_o,
    .mem_arcache_o,
    .mem_rvalid_i,
    .mem_rready_o,
    .mem_rid_i     (1'b0),
    .mem_rdata_i,
    .mem_rresp_i,
    .mem_rlast_i
  );

  assign word_ready = state_q == Fill;

  // Addresses of a tile: what is added goes through in segments, while sums go round.
  logic [63:0] weight_q, act_q, out_q, act_off_q, out_off_q;
  logic [31:0] weight_off_q;
  logic [16:0] sum_w, sum_a, sum_o;
  logic        carry_w_q, carry_a_q, carry_o_q;

  assign sum_w = {1'b0, weight_q[15:0]} + {1'b0, weight_off_q[15:0]} + {16'd0, carry_w_q};
  assign sum_a = {1'b0, act_q[15:0]} + {1'b0, act_off_q[15:0]} + {16'd0, carry_a_q};
  assign sum_o = {1'b0, out_q[15:0]} + {1'b0, out_off_q[15:0]} + {16'd0, carry_o_q};

  always_ff @(posedge clk_i) begin
    if (state_q == Check) begin
      list_q       <= list;
      weight_q     <= weights;
      fresh_q      <= 1'b1;
      begun_q      <= 1'b0;
      last_q       <= 1'b1;
      step_q       <= 2'd0;
      carry_list_q <= 1'b0;
    end
    if (state_q == Block) begin
      list_q       <= {sum_list[15:0], list_q[63:16]};
      carry_list_q <= sum_list[16] && step_q != 2'd3;
      step_q       <= step_q + 2'd1;
      if (step_q == 2'd3) fresh_q <= 1'b0;
    end
    if (state_q == Fill) begin
      records_q <= word;
      place_q   <= 2'd0;
    end
    if (state_q == Tile) begin
      weight_off_q <= begun_q ? TileBytes : 32'd0;
      act_q        <= acts;
      out_q        <= outs;
      act_off_q    <= 64'(tile[32+:32]) << ActLog;
      out_off_q    <= 64'(tile[0+:32]) << OutLog;
      begun_q      <= 1'b1;
      last_q       <= tile[65];
      {carry_w_q, carry_a_q, carry_o_q} <= 3'b000;
    end
    if (state_q == Locate) begin
      weight_q     <= {sum_w[15:0], weight_q[63:16]};
      act_q        <= {sum_a[15:0], act_q[63:16]};
      out_q        <= {sum_o[15:0], out_q[63:16]};
      weight_off_q <= {16'd0, weight_off_q[31:16]};
      act_off_q    <= {16'd0, act_off_q[63:16]};
      out_off_q    <= {16'd0, out_off_q[63:16]};
      carry_w_q    <= sum_w[16];
      carry_a_q    <= sum_a[16];
      carry_o_q    <= sum_o[16];
      step_q       <= step_q + 2'd1;
    end
    if (state_q == Issue && state_d != Issue) begin
      records_q <= {128'd0, records_q[511:128]};
      place_q   <= place_q + 2'd1;
    end
  end

  // What of a tile is still to be announced: to the array, to the feeds, then to readers, writer.
  logic [5:0]  rest_q, goes;
  logic        first_q, ends_q;

  assign tile_valid_o        = rest_q[0];
  assign weight_rows_valid_o = rest_q[1];
  assign act_rows_valid_o    = rest_q[2];
  assign weight_valid_o      = rest_q[3] && !rest_q[1];
  assign act_valid_o         = rest_q[4] && !rest_q[2];
  assign out_valid_o         = rest_q[5];
  assign goes = {out_valid_o && out_ready_i, act_valid_o && act_ready_i,
                 weight_valid_o && weight_ready_i, act_rows_valid_o && act_rows_ready_i,
                 weight_rows_valid_o && weight_rows_ready_i, tile_valid_o && tile_ready_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rest_q <= '0;
    else if (state_q == Locate && state_d == Issue) rest_q <= {ends_q, 5'b11111};
    else rest_q <= rest_q & ~goes;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Tile) begin
      first_q <= tile[64];
      ends_q  <= tile[65];
    end
  end

  // Answers that are due, and what they said.
  logic [16:0] open_w_q, open_a_q, open_o_q, tiles_q;
  logic [23:0] sums_q;
  logic        window_q, read_q, write_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_w_q <= '0;
      open_a_q <= '0;
      open_o_q <= '0;
      sums_q   <= '0;
    end else begin
      open_w_q <= open_w_q + 17'(goes[3]) - 17'(weight_ended_i);
      open_a_q <= open_a_q + 17'(goes[4]) - 17'(act_ended_i);
      open_o_q <= open_o_q + 17'(goes[5]) - 17'(out_ended_i);
      sums_q   <= sums_q + ((goes[0] && ends_q) ? 24'(tokens) : 24'd0) - 24'(sums_i);
    end
  end

  function automatic logic refused(input logic ended, input logic [2:0] code);
    refused = ended && code != 3'd0 && code <= 3'd4;
  endfunction

  function automatic logic failed(input logic ended, input logic [2:0] code);
    failed = ended && code > 3'd4;
  endfunction

  always_ff @(posedge clk_i) begin
    if (take) begin
      window_q <= 1'b0;
      read_q   <= 1'b0;
      write_q  <= 1'b0;
      tiles_q  <= '0;
      code_q   <= desc_code_i;
      fault_q  <= 64'd0;
    end else begin
      if (refused(weight_ended_i, weight_code_i) || refused(act_ended_i, act_code_i)
          || refused(out_ended_i, out_code_i)) window_q <= 1'b1;
      if (failed(weight_ended_i, weight_code_i) || failed(act_ended_i, act_code_i)) read_q <= 1'b1;
      if (failed(out_ended_i, out_code_i)) write_q <= 1'b1;
      if (goes[0]) tiles_q <= tiles_q + 17'd1;
      if (state_q == Check) begin
        code_q  <= verdict;
        if (verdict == Alignment) fault_q <= fault;
      end else if (state_q == Look && checked && !fits) begin
        code_q  <= Window;
        fault_q <= list_q;
      end else if (state_q == Fill && word_valid && word_error) begin
        code_q  <= Fetch;
        fault_q <= word_addr;
      end else if (state_q == Tile && bad_bits) begin
        code_q  <= Reserved;
      end else if (state_q == Tile && bad_order) begin
        code_q  <= List;
      end
    end
    if (state_q == Check) left_q <= count;
    else if (state_q == Issue && state_d != Issue) left_q <= left_q - 16'd1;
  end

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: begin
        if (take && desc_code_i != 8'd0) state_d = Answer;
        else if (take) state_d = Check;
      end
      Check: begin
        if (verdict != 8'd0) state_d = Answer;
        else state_d = Block;
      end
      Block:  if (step_q == 2'd3) state_d = Look;
      Look: begin
        if (checked && fits) state_d = Ask;
        else if (checked) state_d = Drain;
      end
      Ask:    state_d = Fill;
      Fill: begin
        if (word_valid && word_error) state_d = Drain;
        else if (word_valid) state_d = Tile;
      end
      Tile: begin
        if (bad_bits || bad_order) state_d = Drain;
        else state_d = Locate;
      end
      Locate: if (step_q == 2'd3) state_d = Issue;
      Issue: begin
        if (rest_q == '0) begin
          if (left_q == 16'd1) state_d = Drain;
          else if (place_q == 2'd3) state_d = Block;
          else state_d = Tile;
        end
      end
      Drain: begin
        if (open_w_q == '0 && open_a_q == '0 && open_o_q == '0 && sums_q == '0) state_d = Answer;
      end
      Answer: if (done_ready_i) state_d = Idle;
      default: state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  // The answer, steady in its state: whatever could change it has ended.
  always_comb begin
    done_code_o = code_q;
    done_addr_o = fault_q;
    if (code_q == 8'd0 && window_q) begin
      done_code_o = Window;
    end else if (code_q == 8'd0 && read_q) begin
      done_code_o = Read;
      done_addr_o = weight_error_i ? weight_error_addr_i : act_error_addr_i;
    end else if (code_q == 8'd0 && write_q) begin
      done_code_o = Write;
      done_addr_o = out_error_addr_i;
    end
  end

  assign desc_ready_o   = state_q == Idle;
  assign done_valid_o   = state_q == Answer;
  assign done_count_o   = 32'(tiles_q);
  assign busy_o         = state_q != Idle;
  assign error_clear_o  = state_q == Idle;
  assign tile_first_o   = first_q;
  assign tile_last_o    = ends_q;
  assign tokens_o       = tokens[TokensW-1:0];
  assign log_n_o        = log_n[2:0];
  assign weight_addr_o  = weight_q;
  assign weight_bytes_o = 21'(RowBytes);
  assign weight_rows_o  = 17'(Rows);
  assign act_addr_o     = act_q;
  assign act_bytes_o    = 21'(Rows << ActLog);
  assign act_stride_o   = desc_q[384+:32];
  assign out_addr_o     = out_q;
  assign out_bytes_o    = 21'(Lanes << (LogGroup + OutLog)) >> log_n[2:0];
  assign out_stride_o   = desc_q[416+:32];

  logic unused_inputs;
  assign unused_inputs = act_error_i ^ (^desc_q);

endmodule

`default_nettype wire
