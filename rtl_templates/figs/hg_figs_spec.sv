// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// What the array and its baselines promise at their ports, for proofs; hg_figs_core instantiates
/// it under `ifdef HG_FORMAL. Empty otherwise.
///
/// Knows nothing of chains, trees or skew. It unpacks the weights that come in to a dense matrix,
/// and multiplies. One word of the output and one beat are watched, both chosen by the solver: the
/// word must be the dense product, or 0 where no channel stands. Assumes that tiles come as the
/// header of hg_figs says, and that a channel names no element twice.
module hg_figs_spec #(
  /// Rows, a multiple of Group.
  parameter int Rows = 4,
  /// Columns, 1 and up.
  parameter int Columns = 1,
  /// Lanes of a processing element, 1 and up.
  parameter int Lanes = 1,
  /// Rows of a group, a power of two.
  parameter int Group = 2,
  /// Activations of a group.
  parameter int Elements = 2,
  /// Activations in a row's reach, 1 to Elements.
  parameter int Window = 2,
  /// Rows whose windows differ.
  parameter int Bases = 1,
  /// Fewest chains of a sum, a power of two, 1 to Group.
  parameter int NMin = 1,
  /// 1: the number of chains of a sum is chosen at run time.
  parameter int Taps = 1,
  /// Bits of a weight.
  parameter int WeightW = 2,
  /// Bits of an activation.
  parameter int ActW = 2,
  /// Bits of a sum.
  parameter int PsumW = 5,
  /// Tokens of a tile at most, a power of two.
  parameter int MaxT = 2,
  /// 1: one select for all lanes of a processing element.
  parameter int SelShared = 0,
  /// Cycles from an activation to its output.
  parameter int LatencyCycles = 10,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: selects of a row.
  localparam int Sels = (SelShared != 0) ? Columns : Columns * Lanes,
  /// Derived: bits of a select.
  localparam int SelW = hg_figs_pkg::sel_width(Window),
  /// Derived: activations of a token.
  localparam int ActsN = Rows / Group * Elements,
  /// Derived: words of an output.
  localparam int OutN = Columns * Lanes * (Group / NMin)
) (
  input logic                             clk_i,
  input logic                             rst_ni,
  input logic                             tile_valid_i,
  input logic                             tile_ready_i,
  input logic [TokensW-1:0]               tile_tokens_i,
  input logic [2:0]                       tile_log_n_i,
  input logic                             tile_first_i,
  input logic                             tile_last_i,
  input logic                             tile_error_i,
  input logic                             weight_valid_i,
  input logic                             weight_ready_i,
  input logic [Columns*Lanes*WeightW-1:0] weight_data_i,
  input logic [Sels*SelW-1:0]             weight_sel_i,
  input logic                             act_valid_i,
  input logic                             act_ready_i,
  input logic [ActsN*ActW-1:0]            act_data_i,
  input logic                             out_valid_i,
  input logic                             out_ready_i,
  input logic [OutN*PsumW-1:0]            out_data_i,
  input logic                             out_last_i
);

`ifdef HG_FORMAL
  // Room for every number of this module.
  localparam int NumW  = 8;
  localparam int Words = Group / NMin;
  localparam int TileW = ActsN * WeightW;
  localparam int LogMin = (Taps != 0) ? $clog2(NMin) : 0;
  localparam int LogMax = (Taps != 0) ? $clog2(Group) : 0;

  (* anyconst *) logic [NumW-1:0] f_word, f_beat;

  logic f_seen_q;
  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb assume (rst_ni == f_seen_q);
  always_comb assume (32'(f_word) < OutN);

  // Tiles: four places are enough for the three that are under way.
  logic [NumW-1:0]      f_tiles_q, f_loads_q, f_runs_q, f_row_q, f_token_q, f_sent_q, f_got_q;
  logic [3:0]           f_first_q, f_last_q;
  logic [4*3-1:0]       f_log_n_q;
  logic [4*TokensW-1:0] f_tokens_q;
  logic                 f_open_q, f_bad_q;
  logic [2:0]           f_open_n_q;
  logic [TokensW-1:0]   f_open_t_q;
  wire                  f_tile_fire   = tile_valid_i && tile_ready_i;
  wire                  f_weight_fire = weight_valid_i && weight_ready_i;
  wire                  f_act_fire    = act_valid_i && act_ready_i;
  wire                  f_out_fire    = out_valid_i && out_ready_i;
  wire                  f_legal       = tile_tokens_i != '0 && 32'(tile_tokens_i) <= MaxT
      && 32'(tile_log_n_i) >= LogMin && 32'(tile_log_n_i) <= LogMax;

`ifdef HG_NO_STALLS
  // Deeper for the same effort: nobody waits but for the array.
  always_comb assume (tile_valid_i && weight_valid_i && act_valid_i && out_ready_i);
`endif
`ifdef HG_TOKENS_STALL
  // Nearly as deep: tokens alone wait, as they like.
  always_comb assume (tile_valid_i && weight_valid_i && out_ready_i);
`endif
  always_comb begin
    if (f_tile_fire && f_legal && !tile_first_i) begin
      assume (f_open_q && tile_log_n_i == f_open_n_q && tile_tokens_i == f_open_t_q);
    end
  end

  // Weights, as the dense matrix of the watched word's channel.
  logic [4*TileW-1:0] f_dense_q;
  logic [4*ActsN-1:0] f_used_q;
  logic [1:0]         f_load_at, f_run_at;
  logic [NumW-1:0]    f_lane, f_sum, f_place, f_n, f_in_group, f_element, f_reach;
  logic [SelW-1:0]    f_sel;
  logic [WeightW-1:0] f_weight;
  logic               f_mine, f_used;

  // Indices that may be out of range are compared, not used: Yosys reads x there.
  always_comb begin
    f_load_at  = f_loads_q[1:0];
    f_run_at   = f_runs_q[1:0];
    f_lane     = f_word / NumW'(Words);
    f_sum      = f_word % NumW'(Words);
    f_place    = (SelShared != 0) ? f_lane / NumW'(Lanes) : f_lane;
    f_weight   = '0;
    f_sel      = '0;
    f_n        = '0;
    f_used     = 1'b0;
    f_in_group = f_row_q % NumW'(Group);
    for (int l = 0; l < Columns * Lanes; l++) begin
      if (f_lane == NumW'(l)) f_weight = weight_data_i[l*WeightW +: WeightW];
    end
    for (int l = 0; l < Sels; l++) begin
      if (f_place == NumW'(l)) f_sel = weight_sel_i[l*SelW +: SelW];
    end
    for (int i = 0; i < 4; i++) begin
      if (f_load_at == 2'(i)) f_n = NumW'(1) << f_log_n_q[i*3 +: 3];
    end
    if (Taps == 0) f_n = NumW'(Group);
    // The row's channel stands at the word of the channel's first row.
    f_mine    = f_in_group - (f_in_group & (f_n - NumW'(1))) == f_sum * NumW'(NMin);
    f_reach   = (f_in_group % NumW'(Bases)) + ((Window > 1) ? NumW'(f_sel) : '0);
    f_element = (f_row_q / NumW'(Group)) * NumW'(Elements) + f_reach;
    for (int i = 0; i < 4 * ActsN; i++) begin
      if (NumW'(f_load_at) * NumW'(ActsN) + f_element == NumW'(i)) f_used = f_used_q[i];
    end
    if (f_weight_fire && f_mine) begin
      assume (32'(f_reach) < Elements);
      if (Window > 1) assume (32'(f_sel) < Window);
      assume (!f_used);
    end
  end

  // Activations: the dense product of a token.
  logic signed [PsumW-1:0]   f_product;
  logic signed [ActW-1:0]    f_a;
  logic signed [WeightW-1:0] f_w;
  logic [MaxT*PsumW-1:0]     f_sums_q;
  logic [TileW-1:0]          f_matrix;
  logic [PsumW-1:0]          f_before, f_word_data, f_total, f_expect_q, f_held_q;
  logic                      f_end, f_expect_end_q, f_known_q, f_waits_q;
  logic [NumW-1:0]           f_age_q;
  logic                      f_tile_q, f_weight_q, f_act_q;

  always_comb begin
    {f_product, f_matrix, f_before, f_word_data} = '0;
    f_end = 1'b0;
    for (int i = 0; i < 4; i++) begin
      if (f_run_at == 2'(i)) begin
        f_matrix = f_dense_q[i*TileW +: TileW];
        f_end    = f_token_q + NumW'(1) == NumW'(f_tokens_q[i*TokensW +: TokensW]);
      end
    end
    for (int k = 0; k < ActsN; k++) begin
      f_a       = act_data_i[k*ActW +: ActW];
      f_w       = f_matrix[k*WeightW +: WeightW];
      f_product = f_product + f_a * f_w;
    end
    for (int t = 0; t < MaxT; t++) begin
      if (f_token_q == NumW'(t) && !f_first_q[f_run_at]) f_before = f_sums_q[t*PsumW +: PsumW];
    end
    for (int n = 0; n < OutN; n++) begin
      if (f_word == NumW'(n)) f_word_data = out_data_i[n*PsumW +: PsumW];
    end
    f_total = f_product + f_before;
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_tiles_q, f_loads_q, f_runs_q, f_row_q, f_token_q, f_sent_q, f_got_q} <= '0;
      {f_open_q, f_bad_q, f_known_q, f_waits_q, f_tile_q, f_weight_q, f_act_q} <= '0;
      f_age_q <= '0;
    end else begin
      f_bad_q    <= f_tile_fire && !f_legal;
      f_tile_q   <= tile_ready_i && !tile_valid_i;
      f_weight_q <= weight_ready_i && !weight_valid_i;
      f_act_q    <= act_ready_i && !act_valid_i;
      f_waits_q  <= out_valid_i && !out_ready_i;
      f_held_q   <= f_word_data;
      f_age_q    <= f_age_q + NumW'(f_known_q);
      if (f_tile_fire && f_legal) begin
        f_tiles_q  <= f_tiles_q + NumW'(1);
        f_open_q   <= !tile_last_i;
        f_open_n_q <= tile_log_n_i;
        f_open_t_q <= tile_tokens_i;
        f_first_q[f_tiles_q[1:0]]                     <= tile_first_i;
        f_last_q[f_tiles_q[1:0]]                      <= tile_last_i;
        f_log_n_q[f_tiles_q[1:0]*3 +: 3]              <= tile_log_n_i;
        f_tokens_q[f_tiles_q[1:0]*TokensW +: TokensW] <= tile_tokens_i;
        f_dense_q[f_tiles_q[1:0]*TileW +: TileW]      <= '0;
        f_used_q[f_tiles_q[1:0]*ActsN +: ActsN]       <= '0;
      end
      if (f_weight_fire) begin
        if (f_mine) begin
          f_dense_q[f_load_at*TileW+f_element*WeightW +: WeightW] <= f_weight;
          f_used_q[f_load_at*ActsN+f_element] <= 1'b1;
        end
        f_row_q <= (f_row_q == NumW'(Rows - 1)) ? '0 : f_row_q + NumW'(1);
        if (f_row_q == NumW'(Rows - 1)) f_loads_q <= f_loads_q + NumW'(1);
      end
      if (f_act_fire) begin
        f_token_q <= f_end ? '0 : f_token_q + NumW'(1);
        if (f_end) f_runs_q <= f_runs_q + NumW'(1);
        f_sums_q[f_token_q*PsumW +: PsumW] <= f_total;
        if (f_last_q[f_run_at]) begin
          f_sent_q <= f_sent_q + NumW'(1);
          if (f_sent_q == f_beat) begin
            f_expect_q     <= f_total;
            f_expect_end_q <= f_end;
            f_known_q      <= 1'b1;
            f_age_q        <= NumW'(1);
          end
        end
      end
      if (f_out_fire) f_got_q <= f_got_q + NumW'(1);

      // Handshakes: what is offered stands, readiness too; an illegal tile is reported, once.
      assert (tile_error_i == f_bad_q);
      if (f_tile_q) assert (tile_ready_i);
      if (f_weight_q) assert (weight_ready_i);
      if (f_act_q) assert (act_ready_i);
      if (f_waits_q) assert (out_valid_i && f_word_data == f_held_q);
      // Nothing is taken that no tile asks for.
      if (f_weight_fire) assert (f_loads_q < f_tiles_q);
      if (f_act_fire) assert (f_runs_q < f_loads_q);
      // A beat for each token of a last tile, in order, in time, and right.
      if (out_valid_i) assert (f_got_q < f_sent_q);
      if (f_known_q && f_got_q == f_beat && 32'(f_age_q) >= LatencyCycles) assert (out_valid_i);
      if (out_valid_i && f_got_q == f_beat) begin
        assert (f_word_data == f_expect_q);
        assert (out_last_i == f_expect_end_q);
      end
      cover (f_out_fire && f_got_q == f_beat && f_beat == NumW'(2) && f_expect_q != '0);
      cover (f_out_fire && f_got_q == f_beat && f_runs_q == NumW'(2) && f_beat == '0
             && f_expect_q != '0);
    end
  end
`else
  logic unused;
  assign unused = ^{clk_i, rst_ni, tile_valid_i, tile_ready_i, tile_tokens_i, tile_log_n_i,
                    tile_first_i, tile_last_i, tile_error_i, weight_valid_i, weight_ready_i,
                    weight_data_i, weight_sel_i, act_valid_i, act_ready_i, act_data_i, out_valid_i,
                    out_ready_i, out_data_i, out_last_i};
  if (Bases < 1 || Taps < 0 || LatencyCycles < 1) begin : gen_illegal
    ERROR_hg_figs_spec_Bases_and_LatencyCycles_must_be_positive u_illegal ();
  end
`endif

endmodule

`default_nettype wire
