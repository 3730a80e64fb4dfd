import { mount } from "svelte";

import Board from "./BoardApp.svelte";
import "../styles/base.css";
import "../styles/board.css";

const target = document.getElementById("app");
if (target) mount(Board, { target });
