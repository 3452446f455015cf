// The part of ECharts the platform draws with. Canvas, not SVG: the SVG painter writes style attributes, which our policy forbids.
export { init, use, registerTheme } from "echarts/core";
import { use } from "echarts/core";
import { BarChart, LineChart, PieChart, HeatmapChart } from "echarts/charts";
import { GridComponent, TooltipComponent, LegendComponent, VisualMapComponent, MarkLineComponent, DatasetComponent, AriaComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
use([BarChart, LineChart, PieChart, HeatmapChart, GridComponent, TooltipComponent, LegendComponent, VisualMapComponent, MarkLineComponent, DatasetComponent, AriaComponent, LabelLayout, CanvasRenderer]);
