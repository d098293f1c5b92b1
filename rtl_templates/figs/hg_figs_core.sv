// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// The array itself, of which hg_figs and its baselines are settings. The header of hg_figs is the
/// manual; what differs is how many activations a group of rows gets (`Elements`),
/// which of them a row reaches (`Window` from element r modulo `Bases` on), and which chains are
/// summed (`NMin` to `Group` neighbours with `Taps`, else always `Group`; log2 of N must then be
/// 0).
///
/// With `Dsp` a product is one of an FPGA's multipliers, and sums are whole. They are there earlier
/// by what they are not skewed; the collector is told as late as in the other form.
module hg_figs_core #(
  /// Rows, a multiple of Group, 4 and up.
  parameter int Rows = 16,
  /// Columns, 1 and up.
  parameter int Columns = 4,
  /// Lanes of a processing element, 1 and up.
  parameter int Lanes = 4,
  /// Rows of a group, a power of two, 1 to 32.
  parameter int Group = 4,
  /// Activations of a group, 1 and up.
  parameter int Elements = 4,
  /// Activations in a row's reach, 1 to Elements.
  parameter int Window = 4,
  /// Rows whose windows differ.
  parameter int Bases = 1,
  /// Fewest chains of a sum, a power of two, 1 to Group.
  parameter int NMin = 1,
  /// 1: the number of chains of a sum is chosen at run time.
  parameter int Taps = 1,
  /// Bits of a weight, 2 and up.
  parameter int WeightW = 8,
  /// Bits of an activation, 2 and up.
  parameter int ActW = 8,
  /// Bits of a partial sum, at least WeightW + ActW.
  parameter int PsumW = 28,
  /// Tokens of a tile at most, a power of two, 2 and up.
  parameter int MaxT = 512,
  /// 1: one select for all lanes of a processing element.
  parameter int SelShared = 0,
  /// 1: exchange activations between columns instead of selecting them.
  parameter int Exchange = 0,
  /// 1 if products are made for multipliers of an FPGA: otherwise 0.
  parameter int Dsp = 0,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: selects of a processing element.
  localparam int Sels = (SelShared != 0 || Exchange != 0) ? 1 : Lanes,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width((Exchange != 0) ? Elements : Window),
  /// Derived: activations of a token.
  localparam int ActsN = Rows / Group * Elements,
  /// Derived: words of an output.
  localparam int OutN = Columns * Lanes * (Group / NMin)
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             tile_valid_i,
  output logic                             tile_ready_o,
  input  logic [TokensW-1:0]               tile_tokens_i,
  input  logic [2:0]                       tile_log_n_i,
  input  logic                             tile_first_i,
  input  logic                             tile_last_i,
  output logic                             tile_error_o,
  input  logic                             weight_valid_i,
  output logic                             weight_ready_o,
  input  logic [Columns*Lanes*WeightW-1:0] weight_data_i,
  input  logic [Columns*Sels*SelW-1:0]     weight_sel_i,
  input  logic                             act_valid_i,
  output logic                             act_ready_o,
  input  logic [ActsN*ActW-1:0]            act_data_i,
  output logic                             out_valid_o,
  input  logic                             out_ready_i,
  output logic [OutN*PsumW-1:0]            out_data_o,
  output logic                             out_last_o
);

  if (Rows < 4 || Columns < 1 || Lanes < 1 || Group < 1 || Group > 32) begin : gen_illegal
    ERROR_hg_figs_core_Rows_must_be_at_least_4_and_Group_1_to_32 u_illegal ();
  end
  if (PsumW < WeightW + ActW) begin : gen_illegal_psum
    ERROR_hg_figs_core_PsumW_must_be_at_least_WeightW_plus_ActW u_illegal ();
  end

  localparam int Groups  = Rows / Group;
  localparam int Segs    = hg_arith_pkg::segments(PsumW);
  localparam int Levels  = (Group > 1) ? $clog2(Group) : 1;
  // An output takes its place when its token is taken and gives it back a cycle before it leaves:
  // with these places, a token a cycle is never short of one; with one less, it is.
  localparam int Depth   = hg_figs_pkg::latency(Groups, Columns, Group, Segs);
  // What whole sums are earlier than skewed ones.
  localparam int Wait    =
      (Dsp != 0) ? Segs - 1 - hg_figs_pkg::late(Group, Segs, Dsp) : 0;
  localparam int AddrW   = hg_pkg::idx_width(MaxT);
  localparam int PtrW    = hg_pkg::idx_width(Depth);
  localparam int RowW    = hg_pkg::idx_width(Rows);
  localparam int LogMax  = (Taps != 0) ? $clog2(Group) : 0;
  localparam int LogW    = hg_pkg::idx_width(LogMax + 1);
  localparam int CtrlW   = 3 + Levels + AddrW + PtrW;
  localparam int LaneW   = Lanes * WeightW;
  localparam int PeSelW  = Sels * SelW;
  localparam int ColumnW = LaneW + PeSelW;
  localparam int GroupW  = Elements * ActW;
  localparam int ChainsW = Group * Lanes * PsumW;
  localparam int SumsW   = Lanes * (Group / NMin) * PsumW;

  logic             weight_fire, weight_move, token_valid, swap, first, last, over, give_back;
  logic [RowW-1:0]  weight_row;
  logic [LogW-1:0]  log_n;
  logic [AddrW-1:0] addr;
  logic [PtrW-1:0]  ptr;

  hg_figs_issue #(
    .Rows         (Rows),
    .MaxT         (MaxT),
    .LogMin       ((Taps != 0) ? $clog2(NMin) : 0),
    .LogMax       (LogMax),
    .DepthEntries (Depth),
    .Apart        (hg_figs_pkg::apart(Group, Segs, Dsp))
  ) u_issue (
    .clk_i,
    .rst_ni,
    .tile_valid_i,
    .tile_ready_o,
    .tile_tokens_i,
    .tile_log_n_i,
    .tile_first_i,
    .tile_last_i,
    .tile_error_o,
    .weight_valid_i,
    .weight_ready_o,
    .weight_move_o (weight_move),
    .weight_row_o  (weight_row),
    .act_valid_i,
    .act_ready_o,
    .free_i        (give_back),
    .token_valid_o (token_valid),
    .swap_o        (swap),
    .log_n_o       (log_n),
    .first_o       (first),
    .last_o        (last),
    .end_o         (over),
    .addr_o        (addr),
    .ptr_o         (ptr)
  );

  assign weight_fire = weight_valid_i && weight_ready_o;

  logic [Columns*ColumnW-1:0] beat, column_beat;
  logic [Columns*LaneW-1:0]   column_weight;
  logic [Columns*PeSelW-1:0]  column_sel;
  logic [Columns*Rows-1:0]    load;

  for (genvar c = 0; c < Columns; c++) begin : gen_beat
    assign beat[c*ColumnW +: ColumnW] =
        {weight_sel_i[c*PeSelW +: PeSelW], weight_data_i[c*LaneW +: LaneW]};
    assign {column_sel[c*PeSelW +: PeSelW], column_weight[c*LaneW +: LaneW]} =
        column_beat[c*ColumnW +: ColumnW];
  end

  hg_figs_load #(
    .Rows    (Rows),
    .Columns (Columns),
    .ColumnW (ColumnW)
  ) u_load (
    .clk_i,
    .take_i (weight_fire),
    .data_i (beat),
    .move_i (weight_move),
    .row_i  (weight_row),
    .load_o (load),
    .data_o (column_beat)
  );

  logic [Groups*GroupW-1:0] act;
  logic [Groups-1:0]        swaps;

  for (genvar g = 0; g < Groups; g++) begin : gen_skew
    hg_delay #(
      .Width  (GroupW),
      .Cycles (g + 1)
    ) u_act (
      .clk_i,
      .data_i (act_data_i[g*GroupW +: GroupW]),
      .data_o (act[g*GroupW +: GroupW])
    );
    if (g == 0) begin : gen_first
      assign swaps[g] = swap;
    end else begin : gen_next
      logic swap_q;
      always_ff @(posedge clk_i) swap_q <= swaps[g-1];
      assign swaps[g] = swap_q;
    end
  end

  logic [Columns*ChainsW-1:0] psum;

  hg_figs_array #(
    .Rows      (Rows),
    .Columns   (Columns),
    .Lanes     (Lanes),
    .Group     (Group),
    .Elements  (Elements),
    .Window    (Window),
    .Bases     (Bases),
    .WeightW   (WeightW),
    .ActW      (ActW),
    .PsumW     (PsumW),
    .SelShared (SelShared),
    .Exchange  (Exchange),
    .Dsp       (Dsp)
  ) u_array (
    .clk_i,
    .load_i   (load),
    .weight_i (column_weight),
    .sel_i    (column_sel),
    .swap_i   (swaps),
    .act_i    (act),
    .psum_o   (psum)
  );

  // What goes with a token, down to where its sums are collected.
  logic [Levels-1:0] join_sums;
  logic              valid;
  logic [CtrlW-1:0]  ctrl;

  for (genvar l = 0; l < Levels; l++) begin : gen_join
    assign join_sums[l] = log_n > LogW'(l);
  end
  hg_delay_valid #(
    .Cycles (Groups + 1)
  ) u_valid (
    .clk_i,
    .rst_ni,
    .valid_i (token_valid),
    .valid_o (valid)
  );
  hg_delay #(
    .Width  (CtrlW),
    .Cycles (Groups + 1)
  ) u_ctrl (
    .clk_i,
    .data_i ({over, last, first, join_sums, addr, ptr}),
    .data_o (ctrl)
  );

  logic            fetch;
  logic [PtrW-1:0] fetch_ptr;

  for (genvar c = 0; c < Columns; c++) begin : gen_column
    logic             column_valid, next_valid, done, done_end;
    logic [CtrlW-1:0] column_ctrl, next_ctrl;
    logic [PtrW-1:0]  done_ptr;
    if (c == 0) begin : gen_first
      assign {column_valid, column_ctrl} = {valid, ctrl};
    end else begin : gen_next
      assign {column_valid, column_ctrl} =
          {gen_column[c-1].next_valid, gen_column[c-1].next_ctrl};
    end
    hg_figs_column #(
      .Lanes        (Lanes),
      .Group        (Group),
      .NMin         (NMin),
      .PsumW        (PsumW),
      .MaxT         (MaxT),
      .DepthEntries (Depth),
      .Dsp          (Dsp)
    ) u_column (
      .clk_i,
      .rst_ni,
      .valid_i    (column_valid),
      .ctrl_i     (column_ctrl),
      .psum_i     (psum[c*ChainsW +: ChainsW]),
      .valid_o    (next_valid),
      .ctrl_o     (next_ctrl),
      .done_o     (done),
      .done_end_o (done_end),
      .done_ptr_o (done_ptr),
      .rd_en_i    (fetch),
      .rd_ptr_i   (fetch_ptr),
      .data_o     (out_data_o[c*SumsW +: SumsW])
    );
    logic unused_outputs;
    assign unused_outputs = ^{next_valid, next_ctrl, done, done_end, done_ptr};
  end

  logic            done, done_end;
  logic [PtrW-1:0] done_ptr;

  if (Wait > 0) begin : gen_wait
    hg_delay_valid #(
      .Cycles (Wait)
    ) u_done (
      .clk_i,
      .rst_ni,
      .valid_i (gen_column[Columns-1].done),
      .valid_o (done)
    );
    hg_delay #(
      .Width  (1 + PtrW),
      .Cycles (Wait)
    ) u_done_place (
      .clk_i,
      .data_i ({gen_column[Columns-1].done_end, gen_column[Columns-1].done_ptr}),
      .data_o ({done_end, done_ptr})
    );
  end else begin : gen_at_once
    assign done     = gen_column[Columns-1].done;
    assign done_end = gen_column[Columns-1].done_end;
    assign done_ptr = gen_column[Columns-1].done_ptr;
  end

  hg_figs_collect #(
    .DepthEntries (Depth)
  ) u_collect (
    .clk_i,
    .rst_ni,
    .done_i      (done),
    .done_end_i  (done_end),
    .done_ptr_i  (done_ptr),
    .free_o      (give_back),
    .rd_en_o     (fetch),
    .rd_ptr_o    (fetch_ptr),
    .out_valid_o,
    .out_ready_i,
    .out_last_o
  );

`ifdef HG_FORMAL
  if (Exchange == 0) begin : gen_spec
    hg_figs_spec #(
      .Rows          (Rows),
      .Columns       (Columns),
      .Lanes         (Lanes),
      .Group         (Group),
      .Elements      (Elements),
      .Window        (Window),
      .Bases         (Bases),
      .NMin          (NMin),
      .Taps          (Taps),
      .WeightW       (WeightW),
      .ActW          (ActW),
      .PsumW         (PsumW),
      .MaxT          (MaxT),
      .SelShared     (SelShared),
      .LatencyCycles (hg_figs_pkg::latency(Groups, Columns, Group, Segs))
    ) u_spec (
      .clk_i,
      .rst_ni,
      .tile_valid_i,
      .tile_ready_i   (tile_ready_o),
      .tile_tokens_i,
      .tile_log_n_i,
      .tile_first_i,
      .tile_last_i,
      .tile_error_i   (tile_error_o),
      .weight_valid_i,
      .weight_ready_i (weight_ready_o),
      .weight_data_i,
      .weight_sel_i,
      .act_valid_i,
      .act_ready_i    (act_ready_o),
      .act_data_i,
      .out_valid_i    (out_valid_o),
      .out_ready_i,
      .out_data_i     (out_data_o),
      .out_last_i     (out_last_o)
    );
  end
`endif

endmodule

`default_nettype wire
