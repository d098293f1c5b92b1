// SPDX-License-Identifier: MIT OR Apache-2.0
`default_nettype none
// verilator lint_off TIMESCALEMOD

/// Sequence of tiles: which beats of weights and activations are taken, and what goes with them.
///
/// Three tiles are under way: one waits, one loads weights behind those in use, one takes
/// activations. A tile that the array cannot run is dropped with a pulse of `tile_error_o` where it
/// waits. The next tile's first beat of weights waits in its register (hg_figs_load) until the
/// first token of the tile before has been taken, as that token takes the weights before it to use;
/// a tile takes tokens once its last beat of weights is in. So tiles of at least Rows tokens follow
/// each other without a gap. Tokens with the same address are `Apart` cycles apart at least,
/// whatever the stalls, as the memories of hg_figs_column want it.
///
/// A token of a tile whose sums leave is taken only with a place in the output buffer (`free_i`
/// gives one back), so that nothing behind here ever stalls. `act_ready_o`, `weight_ready_o` and
/// `tile_ready_o` depend on registers only. What is said of a token, and `swap_o` with the first
/// one of a tile, stands in the cycle after it was taken.
module hg_figs_issue #(
  /// Rows, 2 and up: beats of weights of a tile.
  parameter int Rows = 16,
  /// Tokens of a tile at most, a power of two, 2 and up.
  parameter int MaxT = 512,
  /// Smallest legal log2 of N, 0 to 5.
  parameter int LogMin = 0,
  /// Largest legal log2 of N, 0 to 5.
  parameter int LogMax = 2,
  /// Places of the output buffer, 2 and up.
  parameter int DepthEntries = 32,
  /// Cycles between tokens with the same address, 3 or 4.
  parameter int Apart = 3,
  /// Derived: bits of a number of tokens.
  localparam int TokensW = hg_pkg::cnt_width(MaxT),
  /// Derived: bits of a token's address.
  localparam int AddrW = hg_pkg::idx_width(MaxT),
  /// Derived: bits of a place.
  localparam int PtrW = hg_pkg::idx_width(DepthEntries),
  /// Derived: bits of a row's index.
  localparam int RowW = hg_pkg::idx_width(Rows),
  /// Derived: bits of a legal log2 of N.
  localparam int LogW = hg_pkg::idx_width(LogMax + 1)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               tile_valid_i,
  output logic               tile_ready_o,
  input  logic [TokensW-1:0] tile_tokens_i,
  input  logic [2:0]         tile_log_n_i,
  input  logic               tile_first_i,
  input  logic               tile_last_i,
  output logic               tile_error_o,
  input  logic               weight_valid_i,
  output logic               weight_ready_o,
  output logic               weight_move_o,
  output logic [RowW-1:0]    weight_row_o,
  input  logic               act_valid_i,
  output logic               act_ready_o,
  input  logic               free_i,
  output logic               token_valid_o,
  output logic               swap_o,
  output logic [LogW-1:0]    log_n_o,
  output logic               first_o,
  output logic               last_o,
  output logic               end_o,
  output logic [AddrW-1:0]   addr_o,
  output logic [PtrW-1:0]    ptr_o
);

  if (Apart < 3 || Apart > 4) begin : gen_illegal_apart
    ERROR_hg_figs_issue_Apart_must_be_3_or_4 u_illegal ();
  end
  if (Rows < 2 || MaxT < 2 || 2 ** AddrW != MaxT || LogMin > LogMax) begin : gen_illegal
    ERROR_hg_figs_issue_MaxT_must_be_a_power_of_two u_illegal ();
  end

  // What is kept of a tile: last, first, log2 of N, address of the last token.
  localparam int TileW   = 2 + LogW + AddrW;
  localparam int CreditW = hg_pkg::cnt_width(DepthEntries);
  // A bit for each log2 of N.
  localparam logic [7:0] LegalN = 8'((2 ** (LogMax + 1)) - (2 ** LogMin));

  // The tile that waits.
  logic             wait_valid_q, wait_legal_q, wait_take, legal, tile_fire;
  logic [TileW-1:0] wait_q;
  logic [AddrW-1:0] end_addr;

  assign tile_ready_o = !wait_valid_q;
  assign tile_fire    = tile_valid_i && tile_ready_o;
  assign end_addr     = AddrW'(tile_tokens_i - TokensW'(1));
  assign legal        = tile_tokens_i != '0 && tile_tokens_i <= TokensW'(MaxT)
                     && LegalN[tile_log_n_i];

  // The tile that loads, and the register of its beats.
  logic             load_valid_q, load_full_q, weight_fire, load_end, full;
  logic             beat_valid_q, beat_first_q, beat_move;
  logic [RowW-1:0]  load_row_q, beat_row_q;
  logic [TileW-1:0] load_q;
  // The tile that takes activations.
  logic             run_valid_q, run_new_q, act_fire, run_end, hand_over;
  logic             run_last, run_first, run_long, run_free;
  logic [LogW-1:0]  run_log_n;
  logic [TileW-1:0] run_q;
  logic [AddrW-1:0] addr_q, run_end_addr;
  // Places of the output buffer.
  logic [CreditW-1:0] credit_q;
  logic [PtrW-1:0]    place_q;
  logic               spend;

  assign {run_last, run_first, run_log_n, run_end_addr} = run_q;

  assign beat_move      = beat_valid_q && (!beat_first_q || !run_new_q);
  assign weight_ready_o = load_valid_q && !load_full_q && (!beat_valid_q || beat_move);
  assign weight_fire    = weight_valid_i && weight_ready_o;
  assign load_end       = load_row_q == RowW'(Rows - 1);
  assign full           = load_full_q || (weight_fire && load_end);

  assign act_ready_o = run_valid_q && (!run_last || credit_q != '0);
  assign act_fire    = act_valid_i && act_ready_o;
  assign run_end     = act_fire && addr_q == run_end_addr;
  // Fewer tokens than are to be apart leave a cycle free behind them: those of the next tile read
  // their sums.
  assign run_long    = 32'(run_end_addr) >= Apart - 1;
  assign hand_over   = load_valid_q && full && (run_free || (run_end && run_long));
  assign wait_take   = wait_valid_q && wait_legal_q && (!load_valid_q || hand_over);
  assign spend       = act_fire && run_last;

  // Of a lone token the weights of the next tile make more than enough.
  if (Apart > 3) begin : gen_rest
    logic rest_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) rest_q <= 1'b0;
      else rest_q <= run_end && 32'(run_end_addr) < Apart - 2;
    end
    assign run_free = !run_valid_q && !rest_q;
  end else begin : gen_no_rest
    assign run_free = !run_valid_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wait_valid_q <= 1'b0;
      load_valid_q <= 1'b0;
      load_full_q  <= 1'b0;
      load_row_q   <= '0;
      beat_valid_q <= 1'b0;
      run_valid_q  <= 1'b0;
      run_new_q    <= 1'b0;
      addr_q       <= '0;
      credit_q     <= CreditW'(DepthEntries);
      place_q      <= '0;
    end else begin
      if (tile_fire) wait_valid_q <= 1'b1;
      else if (wait_take || !wait_legal_q) wait_valid_q <= 1'b0;

      if (wait_take) load_valid_q <= 1'b1;
      else if (hand_over) load_valid_q <= 1'b0;
      load_full_q <= full && !hand_over;
      if (weight_fire) load_row_q <= load_end ? '0 : load_row_q + RowW'(1);
      if (weight_fire) beat_valid_q <= 1'b1;
      else if (beat_move) beat_valid_q <= 1'b0;

      if (hand_over) run_valid_q <= 1'b1;
      else if (run_end) run_valid_q <= 1'b0;
      if (hand_over) run_new_q <= 1'b1;
      else if (act_fire) run_new_q <= 1'b0;
      if (act_fire) addr_q <= run_end ? '0 : addr_q + AddrW'(1);

      if (spend && !free_i) credit_q <= credit_q - CreditW'(1);
      else if (free_i && !spend) credit_q <= credit_q + CreditW'(1);
      if (spend) place_q <= (place_q == PtrW'(DepthEntries - 1)) ? '0 : place_q + PtrW'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (tile_fire) begin
      wait_legal_q <= legal;
      wait_q       <= {tile_last_i, tile_first_i, tile_log_n_i[LogW-1:0], end_addr};
    end
    if (wait_take) load_q <= wait_q;
    if (hand_over) run_q <= load_q;
    // Only a first beat ever waits: what holds it is that its row is 0.
    beat_first_q <= !weight_fire || load_row_q == '0;
    beat_row_q   <= weight_fire ? load_row_q : '0;
  end

  // The token that was taken.
  logic             token_q, swap_q, end_q;
  logic             first_q, last_q;
  logic [LogW-1:0]  log_n_q;
  logic [AddrW-1:0] token_addr_q;
  logic [PtrW-1:0]  ptr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {token_q, swap_q} <= '0;
    else {token_q, swap_q} <= {act_fire, act_fire && run_new_q};
  end
  always_ff @(posedge clk_i) begin
    {first_q, last_q, end_q}     <= {run_first, run_last, run_end};
    {log_n_q, token_addr_q, ptr_q} <= {run_log_n, addr_q, place_q};
  end

  assign tile_error_o  = wait_valid_q && !wait_legal_q;
  assign weight_move_o = beat_move;
  assign weight_row_o  = beat_row_q;
  assign token_valid_o = token_q;
  assign swap_o        = swap_q;
  assign {log_n_o, addr_o, ptr_o}     = {log_n_q, token_addr_q, ptr_q};
  assign {first_o, last_o, end_o} = {first_q, last_q, end_q};

`ifdef HG_FORMAL
  // A tile takes its first token after its last beat of weights, and the next tile's weights go in
  // after that; places are neither lost nor made up; what is ready stays ready until it is used.
  logic        f_seen_q, f_tile_q, f_weight_q, f_act_q;
  logic [1:0]  f_sets_q;
  logic [31:0] f_out_q;

  initial f_seen_q = 1'b0;
  always @(posedge clk_i) f_seen_q <= 1'b1;
  always_comb begin
    assume (rst_ni == f_seen_q);
    if (f_out_q == 32'd0) assume (!free_i);
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_tile_q, f_weight_q, f_act_q} <= '0;
      f_sets_q <= 2'd0;
      f_out_q  <= 32'd0;
    end else begin
      f_tile_q   <= tile_ready_o && !tile_valid_i;
      f_weight_q <= weight_ready_o && !weight_valid_i;
      f_act_q    <= act_ready_o && !act_valid_i;
      f_sets_q   <= f_sets_q + 2'(weight_fire && load_end) - 2'(act_fire && run_new_q);
      f_out_q    <= f_out_q + 32'(spend) - 32'(free_i);
      if (f_tile_q) assert (tile_ready_o);
      if (f_weight_q) assert (weight_ready_o);
      if (f_act_q) assert (act_ready_o);
      assert (f_sets_q == 2'(load_full_q) + 2'(run_valid_q && run_new_q));
      assert (!run_new_q || run_valid_q);
      assert (!load_full_q || load_valid_q);
      assert (!load_full_q || load_row_q == '0);
      assert (load_valid_q || load_row_q == '0);
      assert (32'(load_row_q) < Rows);
      if (act_fire && run_new_q) assert (f_sets_q != 2'd0);
      if (weight_move_o && weight_row_o == '0 && beat_first_q) assert (!run_new_q);
      assert (f_out_q + 32'(credit_q) == DepthEntries);
      if (spend) assert (f_out_q != DepthEntries);
      assert (32'(place_q) < DepthEntries);
      cover (run_valid_q && load_full_q && wait_valid_q);
    end
  end
`endif

endmodule

`default_nettype wire
